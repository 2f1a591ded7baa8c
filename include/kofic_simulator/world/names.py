"""Invented names: of films, people and companies."""

from dataclasses import dataclass

from .draw import generator, number, unit
from .words import (
    ADJECTIVES,
    COMPANY_STEMS,
    COMPANY_TAILS,
    ENDINGS,
    FOREIGN_FIRST,
    FOREIGN_LAST,
    HEROES,
    NOUNS,
    PLACES,
    SUBTITLES,
    SURNAMES,
    SYLLABLES,
)


@dataclass(frozen=True, slots=True)
class Name:
    """A name in Korean and in English; the English one can be ""."""

    korean: str
    english: str


def film_title(key: str, genres: tuple[str, ...], nation: str) -> Name:
    """The title of a film; some have an edge space or a comma, as real ones do. Neither is a promise of uniqueness."""
    rng = generator("title", key)
    adjective, noun, other = rng.choice(ADJECTIVES), rng.choice(NOUNS), rng.choice(NOUNS)
    ending, subtitle, hero = rng.choice(ENDINGS), rng.choice(SUBTITLES), rng.choice(HEROES)
    first, last = rng.choice(FOREIGN_FIRST), rng.choice(FOREIGN_LAST)
    place = rng.choice(PLACES)
    form = rng.random()
    if "공연" in genres:
        title = Name(f"{adjective[0]} {noun[0]} 라이브 인 시네마", f"{adjective[1]} {noun[1]}: Live in Cinemas")
    elif genres[:1] == ("애니메이션",) and form < 0.7:
        title = Name(f"극장판 {hero[0]}: {adjective[0]} {noun[0]}", f"{hero[1]} the Movie: The {adjective[1]} {noun[1]}")
    elif nation == "F" and form < 0.25:
        title = Name(f"{first[0]} {last[0]}의 {noun[0]}", f"The {noun[1]} of {first[1]} {last[1]}")
    elif form < 0.40:
        title = Name(f"{adjective[0]} {noun[0]}", f"The {adjective[1]} {noun[1]}")
    elif form < 0.55:
        title = Name(f"{place[0]} {noun[0]}", f"The {noun[1]} of {place[1]}")
    elif form < 0.72:
        title = Name(f"{adjective[0]} {noun[0]}{ending[0]}", f"{ending[1]} {adjective[1]} {noun[1]}")
    elif form < 0.82:
        title = Name(f"{noun[0]}, {other[0]}", f"{noun[1]}, {other[1]}")
    elif form < 0.92:
        title = Name(f"{adjective[0]} {noun[0]} : {subtitle[0]}", f"The {adjective[1]} {noun[1]}: {subtitle[1]}")
    else:
        title = Name(f"{noun[0]} {rng.randint(2, 4)}: {subtitle[0]}", f"{noun[1]}: {subtitle[1]}")
    return Name(title.korean + (" " if rng.random() < 0.02 else ""), title.english if rng.random() < 0.93 else "")


def korean_person(key: str) -> Name:
    """A Korean name of a surname and two syllables; different people can share one."""
    rng = generator("person", key)
    family, first, second = rng.choice(SURNAMES), rng.choice(SYLLABLES), rng.choice(SYLLABLES)
    english = f"{family[1]} {first[1].title()}-{second[1]}" if rng.random() < 0.6 else ""
    return Name(family[0] + first[0] + second[0], english)


def foreign_person(key: str) -> Name:
    """A foreign name in Korean letters."""
    rng = generator("person", key)
    first, last = rng.choice(FOREIGN_FIRST), rng.choice(FOREIGN_LAST)
    return Name(f"{first[0]} {last[0]}", f"{first[1]} {last[1]}")


def company(key: str) -> Name:
    """A company; a few carry an HTML entity, as the API's do."""
    stem, tail = COMPANY_STEMS[number("stem", key) % len(COMPANY_STEMS)], COMPANY_TAILS[number("tail", key) % len(COMPANY_TAILS)]
    other = COMPANY_STEMS[number("other", key) % len(COMPANY_STEMS)]
    korean, english = stem[0] + tail[0], f"{stem[1]} {tail[1]}"
    if unit("entity", key) < 0.04:
        korean, english = f"{stem[0]}&amp;{other[0]} {tail[0]}", f"{stem[1]} & {other[1]} {tail[1]}"
    form = unit("form", key)
    if form < 0.35:
        korean = f"(주){korean}"
    elif form < 0.5:
        korean = f"{korean}(주)"
    elif form < 0.65:
        korean = f"주식회사 {korean}"
    elif form < 0.7:
        korean = f"㈜{korean}"
    return Name(korean, english if unit("english", key) < 0.5 else "")

"""Who made a film: its people and companies.

People and companies belong to a half-year ("block" of 26 weeks) in which they begin; a film takes its own from the
blocks of the years before it. So a person's films are found in a bounded number of blocks.
"""

from dataclasses import dataclass
from functools import lru_cache

from .draw import generator, number, unit
from .films import OLDEST_WEEK, Film, cohort, week_of
from .names import Name, company, foreign_person, korean_person
from .season import FIRST_DAY
from .words import CASTS, MAJORS, STAFF_ROLES

BLOCK_WEEKS = 26
CAREER_BLOCKS = 10
PEOPLE_PER_BLOCK = 160
COMPANIES_PER_BLOCK = 30
_MAJOR_WEIGHTS = tuple(1 / (rank + 1.2) for rank in range(len(MAJORS)))


@dataclass(frozen=True, slots=True)
class Credit:
    """A part that a person (`who` = block and place) has in a film; `character` is "" for all but actors."""

    who: tuple[int, int]
    part: str
    character: str = ""


@dataclass(frozen=True, slots=True)
class CompanyCredit:
    """A part that a company has in a film; block -1 holds the large distributors, which never end."""

    who: tuple[int, int]
    part: str


def block_of(week: int) -> int:
    """The half-year of a week, counted from the oldest."""
    return (week - OLDEST_WEEK) // BLOCK_WEEKS


def is_korean(who: tuple[int, int]) -> bool:
    """Whether a person is Korean: the first two thirds of each block are."""
    return who[1] < PEOPLE_PER_BLOCK * 2 // 3


@lru_cache(maxsize=16384)
def person_name(seed: int, who: tuple[int, int]) -> Name:
    """The name of a person."""
    key = f"{seed}-{who[0]}-{who[1]}"
    return korean_person(key) if is_korean(who) else foreign_person(key)


@lru_cache(maxsize=16384)
def company_name(seed: int, who: tuple[int, int]) -> Name:
    """The name of a company."""
    if who[0] < 0:
        return Name(*MAJORS[who[1]])
    return company(f"{seed}-{who[0]}-{who[1]}")


def _choose(rng_number: int, block: int, korean: bool) -> tuple[int, int]:
    back, place = divmod(rng_number, PEOPLE_PER_BLOCK * 3)
    from_block = max(0, block - back % CAREER_BLOCKS)
    split = PEOPLE_PER_BLOCK * 2 // 3
    return (from_block, place % split) if korean else (from_block, split + place % (PEOPLE_PER_BLOCK - split))


@lru_cache(maxsize=4096)
def people_of(seed: int, film: Film) -> tuple[Credit, ...]:
    """Directors, actors and staff of a film, in billing order. Six films in ten name no actor, nearly all large ones do."""
    rng = generator(seed, "people", film.code)
    block, korean = block_of(film.week), film.nation == "K"
    directors = rng.choices((0, 1, 2), (8, 86, 6))[0]
    has_actors = rng.random() < {"tentpole": 0.97, "wide": 0.92, "middle": 0.75, "art": 0.7, "small": 0.45, "event": 0.3}.get(
        film.kind, 0.12
    )
    actors = min(1 + int(rng.expovariate(0.28)), 24) if has_actors else 0
    staff = {"tentpole": (40, 160), "wide": (5, 60), "middle": (0, 12), "art": (0, 8), "small": (0, 3)}.get(film.kind, (0, 0))
    found: dict[tuple[tuple[int, int], str], Credit] = {}
    for part, count in (("감독", directors), ("배우", actors), ("", rng.randint(*staff))):
        for _ in range(count):
            who = _choose(rng.getrandbits(40), block, korean if rng.random() < 0.97 else not korean)
            role = part or rng.choice(STAFF_ROLES)
            character = rng.choice(CASTS) if part == "배우" and rng.random() < 0.4 else ""
            found.setdefault((who, role), Credit(who, role, character))
    return tuple(found.values())


@lru_cache(maxsize=4096)
def companies_of(seed: int, film: Film) -> tuple[CompanyCredit, ...]:
    """The companies of a film and their parts; one company can have several parts."""
    rng = generator(seed, "companies", film.code)
    block = block_of(film.week)
    if film.kind == "shelf" and rng.random() < 0.3:
        return ()

    def minor() -> tuple[int, int]:
        return max(0, block - rng.randrange(CAREER_BLOCKS)), rng.randrange(COMPANIES_PER_BLOCK)

    uses_major = rng.random() < {"tentpole": 0.95, "wide": 0.8, "middle": 0.4}.get(film.kind, 0.08)
    distributor = (-1, rng.choices(range(len(MAJORS)), _MAJOR_WEIGHTS)[0]) if uses_major else minor()
    found = [CompanyCredit(distributor, "배급사")]
    if film.nation == "K":
        maker = distributor if rng.random() < 0.2 else minor()
        found.insert(0, CompanyCredit(maker, "제작사"))
        if rng.random() < 0.3:
            found.append(CompanyCredit(distributor if rng.random() < 0.6 else minor(), "제공"))
        if rng.random() < 0.12:
            found.append(CompanyCredit(minor(), "공동제작사"))
        if rng.random() < 0.15:
            found.append(CompanyCredit(minor(), "해외세일즈사"))
    else:
        found.append(CompanyCredit(distributor if rng.random() < 0.55 else minor(), "수입사"))
        if rng.random() < 0.2:
            found.append(CompanyCredit(minor(), "공동제공"))
    if rng.random() < 0.12:
        found.append(CompanyCredit(minor(), "배급사"))
    return tuple(dict.fromkeys(found))


def films_of_block(seed: int, block: int, last_week: int) -> list[Film]:
    """The films of a half-year's cohorts, up to `last_week`."""
    first = OLDEST_WEEK + block * BLOCK_WEEKS
    return [film for week in range(first, min(first + BLOCK_WEEKS - 1, last_week) + 1) for film in cohort(seed, week)]


@lru_cache(maxsize=24)
def _films_by_person(seed: int, block: int, last_week: int) -> dict[tuple[int, int], tuple[tuple[Film, str], ...]]:
    found: dict[tuple[int, int], tuple[tuple[Film, str], ...]] = {}
    for film in films_of_block(seed, block, last_week):
        for credit in people_of(seed, film):
            found[credit.who] = (*found.get(credit.who, ()), (film, credit.part))
    return found


@lru_cache(maxsize=24)
def _films_by_company(seed: int, block: int, last_week: int) -> dict[tuple[int, int], tuple[tuple[Film, str], ...]]:
    found: dict[tuple[int, int], tuple[tuple[Film, str], ...]] = {}
    for film in films_of_block(seed, block, last_week):
        for credit in companies_of(seed, film):
            found[credit.who] = (*found.get(credit.who, ()), (film, credit.part))
    return found


def films_of_person(seed: int, who: tuple[int, int], last_week: int) -> list[tuple[Film, str]]:
    """A person's films up to `last_week`, newest first, with the part in each."""
    last = min(who[0] + CAREER_BLOCKS - 1, block_of(last_week))
    blocks = (
        _films_by_person(seed, block, last_week if block == block_of(last_week) else 10**9)
        for block in range(last, who[0] - 1, -1)
    )
    return [entry for found in blocks for entry in reversed(found.get(who, ()))]


def films_of_company(seed: int, who: tuple[int, int], last_week: int) -> list[tuple[Film, str]]:
    """A company's films up to `last_week`, newest first. Choice: of a large distributor, only those of the last five years."""
    newest = block_of(last_week)
    first, last = (who[0], min(who[0] + CAREER_BLOCKS - 1, newest)) if who[0] >= 0 else (newest - CAREER_BLOCKS + 1, newest)
    blocks = (_films_by_company(seed, block, last_week if block == newest else 10**9) for block in range(last, first - 1, -1))
    return [entry for found in blocks for entry in reversed(found.get(who, ()))]


def person_code(who: tuple[int, int]) -> str:
    """The eight digits of a person."""
    return str((10_000_000 if who[0] < 40 else 20_000_000) + who[0] * 1000 + who[1])


def person_of(code: str) -> tuple[int, int] | None:
    """The person with this code, or None."""
    if not (len(code) == 8 and code.isascii() and code.isdigit()):
        return None
    who = divmod(int(code) % 10_000_000, 1000)
    return who if who[1] < PEOPLE_PER_BLOCK and person_code(who) == code else None


def company_code(seed: int, who: tuple[int, int]) -> str:
    """A company's code: a year and three to four digits.

    A few have the short codes of five to seven digits that the API also has.
    """
    if who[0] < 0:
        return f"2010{100 + who[1]:04d}"
    year = max(2010, 1975 + who[0] // 2)
    plain = (who[0] * COMPANIES_PER_BLOCK + who[1]) + 1000
    return f"{year}{plain:04d}" if unit(seed, "short", *who) > 0.03 else f"{plain + 60_000}"


def company_of(seed: int, code: str) -> tuple[int, int] | None:
    """The company with this code, or None."""
    if not (code.isascii() and code.isdigit()) or len(code) not in (5, 8):
        return None
    if len(code) == 8 and code.startswith("2010") and int(code[4:]) - 100 in range(len(MAJORS)):
        return -1, int(code[4:]) - 100
    plain = int(code[-4:] if len(code) == 8 else code) - (1000 if len(code) == 8 else 61_000)
    who = divmod(plain, COMPANIES_PER_BLOCK)
    return who if plain >= 0 and company_code(seed, who) == code else None


def newest_first(last_week: int, per_block: int) -> list[tuple[int, int]]:
    """Every place of every block from 2003 up to `last_week`, newest block first (the order of the lists is a choice)."""
    oldest = block_of(week_of(FIRST_DAY)) - CAREER_BLOCKS
    return [(block, place) for block in range(block_of(last_week), oldest - 1, -1) for place in range(per_block)]


def chief(seed: int, who: tuple[int, int]) -> Name | None:
    """The name of a company's head; some companies name none."""
    return None if unit(seed, "chief", *who) < 0.15 else korean_person(f"chief-{seed}-{number(*who)}")

"""The boards' answers, composed in plain Python."""

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from tests.plain.state import missing_days, warnings
from tests.plain.world import DAY, NO_GENRE, SEASONS, UNKNOWN, Film, World, month_start, season, windows

PERIODS = ("최근 12개월", "올해", "전체 기간")
WEEKDAYS = tuple(f"{name}요일" for name in "월화수목금토일")
ENOUGH_FILMS, ENOUGH_DAYS = 10, 28
MOVES = {"NEW": "새로 진입", "–": "순위 변동 없음", "": "지난주 순위 모름"}


def text(number: float | Decimal | None, decimals: int = 0) -> str:
    """The number as people write it; a half is rounded away from zero; – for none."""
    return "–" if number is None else f"{Decimal(number).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):,}"


def limits(world: World, period: str) -> tuple[date, date]:
    """The first and the last day of a period."""
    last = world.last_day
    first = {"최근 12개월": last - 364 * DAY, "올해": date(last.year, 1, 1), "전체 기간": world.first_day}[period]
    return max(first, world.first_day), last


def sentence(world: World, slug: str, period: str) -> str:
    """A board's answer for a period."""
    first, last = limits(world, period)
    label = period
    if period == "최근 12개월" and first > last - 364 * DAY:
        label = "최근 12개월 중 자료가 있는 기간"
    if slug == "companies-people":
        return label + _companies(world, first, last)
    said: dict[str, Callable[[], str]] = {
        "overview": lambda: _overview(world, first, last),
        "screens-sales": lambda: _screens(world, first, last),
        "admissions-sales": lambda: _admissions(world, first, last),
        "season-genre": lambda: _genres(world, first, last),
        "box-office-curve": lambda: _openings(world, first, last),
        "data-status": lambda: _status(world, first, last),
    }
    return f"{label}({first}~{last}){said[slug]()}"


def _overview(world: World, first: date, last: date) -> str:
    days = [day for day in world.days if first <= day <= last]
    sales, admissions = (Decimal(sum(world.sum_of(day, figure) for day in days)) for figure in ("sales_amt", "audi_cnt"))
    best = world.films[max(sorted(world.films), key=lambda code: world.films[code].total("audi_cnt", first, last))]
    most = Decimal(best.total("audi_cnt", first, last))
    weekends = [each for each in world.ranked if (each.period, each.list_name, each.rank) == ("주말", "전체", 1)]
    newest = max((each.last for each in weekends), default=None)
    won = min((each for each in weekends if each.last == newest), key=lambda each: each.code, default=None)
    moved = won and MOVES.get(won.movement, f"{won.movement}계단")
    if won and won.change is not None:
        moved = f"{moved}, 관객은 전주 대비 {'+' if won.change > 0 else ''}{text(won.change, 1)}%"
    return (
        f"에 순위표에 오른 영화의 매출액은 {text(sales / 10**8)}억 원, 관객수는 {text(admissions / 10**4)}만 명이다. "
        f"관객 1위는 〈{best.title}〉({text(most / 10**4, 1)}만 명)이고, "
        f"지난 주말({f'{won.first}~{won.last}' if won else '–'}) 1위는 {f'〈{won.title}〉({moved})' if won else '–'}다."
    )


def _screens(world: World, first: date, last: date) -> str:
    films = [film for film in world.films.values() if film.is_from_opening and first <= film.open_dt <= last]
    shown = [film for film in films if film.peak_screens and film.total("audi_cnt")]
    coefficient = None
    if len(shown) >= ENOUGH_FILMS:
        coefficient = statistics.correlation([film.peak_screens for film in shown], [film.total("audi_cnt") for film in shown])
    shown_wide = [film for film in shown if film.is_wide]
    wide = sorted((film for film in films if film.is_wide), key=lambda film: film.code)
    told = "–(–개에서 –만 명, 기대의 –배)"
    if wide and world.line:
        best = max(wide, key=lambda film: _ratio(world, film))
        audience, ratio = Decimal(best.total("audi_cnt")) / 10**4, _ratio(world, best)
        told = f"〈{best.title}〉({text(best.peak_screens)}개에서 {text(audience, 1)}만 명, 기대의 {text(ratio, 1)}배)"
    return (
        f"에 개봉해 첫날부터 관측한 {len(shown)}편에서 최대 스크린수와 관측 관객수의 상관계수는 {text(coefficient, 2)}이다. "
        f"스크린이 2배인 영화는 관객이 약 {text(_times(shown), 1)}배, "
        f"최대 스크린 100개 이상인 {len(shown_wide)}편끼리는 약 {text(_times(shown_wide), 1)}배다. "
        f"이들 가운데 스크린에 비해 관객이 가장 많았던 영화는 {told}다."
    )


def _times(films: list[Film]) -> float | None:
    """How many times the admissions twice the screens go with."""
    if len(films) < ENOUGH_FILMS:
        return None
    screens = [math.log(film.peak_screens) for film in films]
    admissions = [math.log(film.total("audi_cnt")) for film in films]
    return float(2 ** statistics.linear_regression(screens, admissions).slope)


def _ratio(world: World, film: Film) -> Decimal:
    return Decimal(film.total("audi_cnt")) / round(world.expected(film))


def _admissions(world: World, first: date, last: date) -> str:
    days = {day: (world.sum_of(day, "sales_amt"), world.sum_of(day, "audi_cnt")) for day in world.days if first <= day <= last}
    sales, admissions = zip(*days.values(), strict=True)
    by_weekday: dict[int, list[int]] = defaultdict(list)
    for day, (_, audience) in days.items():
        by_weekday[day.weekday()].append(audience)
    mean = {number: statistics.fmean(each) / 10**4 for number, each in sorted(by_weekday.items())}
    most, least = max(mean, key=mean.__getitem__), min(mean, key=mean.__getitem__)
    coefficient = statistics.correlation(sales, admissions) if len(days) >= ENOUGH_DAYS else None
    return (
        f" {len(days)}일 동안 하루 관객수와 매출액의 상관계수는 {text(coefficient, 2)}이고, "
        f"관객 한 명이 평균 {text(Decimal(sum(sales)) / sum(admissions))}원을 냈다. 하루 평균 관객은 {WEEKDAYS[most]}이 "
        f"{text(mean[most], 1)}만 명으로 가장 많고 {WEEKDAYS[least]}이 {text(mean[least], 1)}만 명으로 가장 적다."
    )


def _genres(world: World, first: date, last: date) -> str:
    won = {}
    for name in SEASONS:
        won[name] = _winner(world, [day for day in world.days if first <= day <= last and season(day) == name])
    for name in ("설날", "추석"):
        spans = [(each["window_first"], each["window_last"]) for each in windows(name)]
        whole = [span for span in spans if first <= span[0] and span[1] <= last]
        won[name] = _winner(world, [day for day in world.days for span in whole if span[0] <= day <= span[1]])
    return (
        "에 관객을 가장 많이 모은 장르(여럿이면 나누어 세고, 장르를 아는 관객에서의 비율)는 "
        f"봄 {won['봄']}, 여름 {won['여름']}, 가을 {won['가을']}, 겨울 {won['겨울']}이다. "
        f"연휴에는 설날 {won['설날']}, 추석 {won['추석']}이다."
    )


def _winner(world: World, days: list[date]) -> str:
    admissions: Counter[str] = Counter()
    for day in days:
        for row in world.days[day]:
            genres = world.films[row["movie_cd"]].genre_names
            for genre in genres:
                admissions[genre] += row["audi_cnt"] / len(genres)
    admissions.pop(NO_GENRE, None)
    if not admissions:
        return "–"
    best = max(sorted(admissions), key=admissions.__getitem__)
    return f"{best} {text(100 * admissions[best] / admissions.total())}%"


def _companies(world: World, first: date, last: date) -> str:
    def counts(month: date) -> bool:
        return month <= last and (first <= month or first == world.first_day)

    months = sorted({month_start(day) for day in world.days if counts(month_start(day))})
    sales: Counter[str] = Counter()
    actors: dict[str, Counter[str]] = defaultdict(Counter)
    for film in world.films.values():
        took = sum(row["sales_amt"] for day, row in film.days.items() if month_start(day) in months)
        for each in film.credits:
            if each.group == "배급사":
                sales[each.name] += took * each.share
        if first <= film.open_dt <= last:
            for name in film.actors:
                actors[name].update(films=1, sales=film.total("sales_amt"))
    ranked = sorted((name for name in sales if name != UNKNOWN), key=lambda name: (-sales[name], name))
    shares = [f"{name}(점유율 {text(100 * sales[name] / sales.total(), 1)}%)" for name in ranked[:1]]
    shares += [f"{name}({text(100 * sales[name] / sales.total(), 1)}%)" for name in ranked[1:2]]
    leading = max(sorted(actors), key=lambda name: actors[name]["sales"])
    return (
        f"({months[0]:%Y-%m}~{months[-1]:%Y-%m}) 배급사 매출 1위는 {shares[0]}, 2위는 {shares[1]}이다. "
        f"같은 기간에 개봉한 영화로 본 배우 매출 1위는 {leading}({actors[leading]['films']}편, "
        f"매출 {text(Decimal(actors[leading]['sales']) / 10**8, 1)}억 원)이다."
    )


def _openings(world: World, first: date, last: date) -> str:
    over = [run for run in world.runs if first <= run.film.open_dt <= last and not run.is_running]

    def median(figures: Iterator[float | None]) -> float | None:
        known = [figure for figure in figures if figure is not None]
        return statistics.median(known) if len(known) >= ENOUGH_FILMS else None

    share = median(100 * run.first_weekend / run.film.total_admissions if run.first_weekend is not None else None for run in over)
    second = median(run.second_change and round(run.second_change, 2) for run in over)
    stay = median(run.days_left for run in over)
    return (
        f"에 개봉해 상영을 마친 {len(over)}편의 중앙값을 보면, 개봉 첫 주말이 전체 관객의 {text(share)}%를 모으고, "
        f"둘째 주말 관객은 첫 주말의 {text(second if second is None else 100 + second)}%이며, "
        f"개봉 {text(stay)}일째까지 순위표에 남는다."
    )


def _status(world: World, first: date, last: date) -> str:
    missing = sum(first <= day <= last for day in missing_days(world))
    days = (last - first).days + 1
    told = sum(first <= warning.day <= last for warning in warnings(world))
    return (
        f"의 {days}일 가운데 {days - missing}일을 수집했고 {missing}일이 빠졌다. 앞뒤가 맞지 않는 KOFIC 값은 {told}건이고, "
        f"가장 새로운 상영일은 {last}이다."
    )

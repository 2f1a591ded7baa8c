"""How many people go to the cinema on a day: weekday, holiday, season, year. Dates are Asia/Seoul, as proleptic ordinals.

The figures are rounded shapes chosen for this made-up world, set so that its 2024 looks like a real half-year (the
tests compare them).
"""

from datetime import date, timedelta
from functools import lru_cache

import holidays

FIRST_DAY = date(2003, 11, 11)
"""The first day with a box office: the web site's daily series starts here."""

_WEEKDAY = (0.97, 1.0, 1.02, 1.05, 1.42, 3.55, 3.15)
_MONTH = (1.1, 1.05, 0.85, 0.85, 1.05, 1.0, 1.25, 1.45, 1.0, 0.85, 0.85, 1.2)
_YEARS = {
    2003: 0.6,
    2004: 0.7,
    2005: 0.95,
    2006: 1.15,
    2007: 1.2,
    2008: 1.2,
    2009: 1.25,
    2010: 1.2,
    2011: 1.3,
    2012: 1.55,
    2013: 1.7,
    2014: 1.7,
    2015: 1.75,
    2016: 1.75,
    2017: 1.75,
    2018: 1.7,
    2019: 1.8,
    2020: 0.48,
    2021: 0.49,
    2022: 0.92,
    2023: 1.0,
    2024: 1.0,
}
_PANDEMIC = {
    2020: (1.45, 0.7, 0.16, 0.09, 0.15, 0.35, 0.42, 0.6, 0.3, 0.48, 0.38, 0.13),
    2021: (0.16, 0.3, 0.34, 0.28, 0.42, 0.5, 0.55, 0.6, 0.55, 0.55, 0.72, 0.62),
}
_PRICES = (
    (2003, 6400),
    (2004, 6500),
    (2009, 7000),
    (2012, 7450),
    (2016, 8030),
    (2019, 8440),
    (2020, 8580),
    (2022, 10200),
    (2024, 9700),
)


@lru_cache(maxsize=64)
def public_holidays(year: int) -> frozenset[date]:
    """The public holidays of South Korea in `year`, with their substitutes."""
    return frozenset(holidays.country_holidays("KR", years=year))


@lru_cache(maxsize=64)
def _family_holidays(year: int) -> tuple[date, ...]:
    names = holidays.country_holidays("KR", years=year, language="en_US")
    return tuple(day for day, name in names.items() if name in ("Korean New Year", "Chuseok"))


def near_family_holiday(day: date) -> bool:
    """Whether 설날 or 추석 lies within the ten days from `day`, or was up to four days ago."""
    return any(-10 <= (day - feast).days <= 4 for feast in _family_holidays(day.year))


@lru_cache(maxsize=16384)
def lift(ordinal: int) -> float:
    """Demand of a day against an ordinary Monday, from its weekday, the holidays and the school vacations."""
    day = date.fromordinal(ordinal)
    is_off = day in public_holidays(day.year)
    value = _WEEKDAY[day.weekday()]
    if is_off:
        value = max(value, 3.5)
    elif day.weekday() == 2 and (day + timedelta(7)).month != day.month and day >= date(2014, 1, 29):
        value *= 1.35
    if day.weekday() < 5 and not is_off:
        tomorrow = day + timedelta(1)
        if tomorrow in public_holidays(tomorrow.year):
            value = max(value, 1.75)
        if (day.month, day.day) >= (12, 26) or day.month == 1 or (7, 20) <= (day.month, day.day) <= (8, 20):
            value *= 1.3
    return value


def _month_level(year: int, month: int) -> float:
    if year in _PANDEMIC:
        return _PANDEMIC[year][month - 1] * _MONTH[month - 1]
    return _YEARS.get(year, 0.95 if year > 2024 else 0.6) * _MONTH[month - 1]


@lru_cache(maxsize=16384)
def level(ordinal: int) -> float:
    """The size of the market on a day against an average day of 2024, smooth from month to month; low in 2020 and 2021."""
    day = date.fromordinal(ordinal)
    position = (day.day - 15) / 30
    other = day + timedelta(30 if position > 0 else -30)
    weight = min(abs(position), 0.5)
    return _month_level(day.year, day.month) * (1 - weight) + _month_level(other.year, other.month) * weight


@lru_cache(maxsize=16384)
def ticket_price(ordinal: int) -> float:
    """The mean ticket price of a day in won: 6,500 in 2004, 9,700 in 2024.

    Dearer at weekends, cheap on the monthly culture day.
    """
    day = date.fromordinal(ordinal)
    year = min(max(day.year + day.timetuple().tm_yday / 366 - 0.5, _PRICES[0][0]), _PRICES[-1][0])
    price = float(_PRICES[-1][1])
    for (start, low), (end, high) in zip(_PRICES, _PRICES[1:], strict=False):
        if start <= year <= end:
            price = low + (high - low) * (year - start) / (end - start)
            break
    if day.weekday() == 2 and (day + timedelta(7)).month != day.month and day >= date(2014, 1, 29):
        return price * 0.8
    return price * (1.03 if day.weekday() >= 5 else 0.98)

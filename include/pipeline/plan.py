"""Which days a run collects, and in which pieces. Pure: no Airflow, no clock of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any

from include.kofic.calendar import FIRST_DAY, TRAILING_DAYS, DayRange, parse_day, seoul_date, validated, yesterday
from include.kofic.errors import BadSetting
from include.kofic.lake import run_name

CHUNK_DAYS = 61
"""Two months by five filter sets are 305 calls, a minute at the real API's pace: what a retry repeats at most."""


class Trigger(Enum):
    """What started a run."""

    SCHEDULE = "schedule"
    BACKFILL = "backfill"
    MANUAL = "manual"


@dataclass(frozen=True)
class Chunk:
    """One piece of a run, as it travels through XCom: days are YYYY-MM-DD, all of Seoul.

    `label` is what the Airflow UI shows; `name` is what the piece's objects in the lake are called.
    """

    label: str
    name: str
    captured_on: str
    first: str
    last: str
    filter_sets: tuple[str, ...]

    @property
    def days(self) -> DayRange:
        """The target dates of the piece."""
        return DayRange(date.fromisoformat(self.first), date.fromisoformat(self.last))


def days_of_run(
    trigger: Trigger, morning: datetime | None, start_date: str | None, end_date: str | None, now: datetime
) -> DayRange:
    """The target dates of a run.

    `morning` is the run's logical date (10:30 in Seoul). A scheduled run covers the 7 days up to the one before its morning; a
    backfill only the one before its morning; a manual run the range given, by default the 7 days up to
    yesterday.

    Raises:
        BadSetting: only one of the two dates, or a range that cannot be requested.
    """
    if bool(start_date) != bool(end_date):
        raise BadSetting("only one of start_date and end_date is given. Remedy: give both, or none for the last 7 days.")
    if start_date and end_date:
        return validated(parse_day(start_date), parse_day(end_date), now)
    newest = yesterday(now if trigger is Trigger.MANUAL or morning is None else morning)
    if trigger is Trigger.BACKFILL:
        return validated(newest, newest, now)
    return validated(max(newest - timedelta(days=TRAILING_DAYS - 1), FIRST_DAY), newest, now)


def chunks(days: DayRange, filter_sets: tuple[str, ...], run_id: str, planned_at: datetime) -> list[dict[str, Any]]:
    """The run's pieces, oldest first, ready for XCom."""
    return [
        asdict(
            Chunk(
                label=str(piece),
                name=run_name(run_id, planned_at, f"{piece.first:%Y%m%d}"),
                captured_on=str(seoul_date(planned_at)),
                first=str(piece.first),
                last=str(piece.last),
                filter_sets=filter_sets,
            )
        )
        for piece in days.chunks(CHUNK_DAYS)
    ]


def days_of(pieces: Sequence[Mapping[str, Any]]) -> DayRange:
    """The target dates of a run, from its first piece's first to its last piece's last."""
    return DayRange(chunk_from(pieces[0]).days.first, chunk_from(pieces[-1]).days.last)


def chunk_from(piece: Mapping[str, Any]) -> Chunk:
    """The piece as it came out of XCom."""
    return Chunk(**{**piece, "filter_sets": tuple(piece["filter_sets"])})

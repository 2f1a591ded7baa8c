"""Whether yesterday's box office is published; checked from outside, so that it notices a morning without any run."""

from dataclasses import dataclass
from datetime import date, datetime

from include.kofic.calendar import due


@dataclass(frozen=True)
class Publication:
    """How far the published tables reach, and how far they must (days of Asia/Seoul)."""

    until: date | None
    due: date

    @property
    def is_late(self) -> bool:
        """Whether a day is missing that has to be there."""
        return self.until is None or self.until < self.due

    def __str__(self) -> str:
        if not self.is_late:
            return f"The box office is published up to {self.until}; {self.due} was due."
        newest = f"the newest day is {self.until}" if self.until else "no day is"
        return (
            f"The box office is LATE: {self.due} is not published ({newest}). Remedy: look at the last runs of "
            "box_office_daily in Airflow; if there was none this morning, see that the DAG is not paused, and trigger it."
        )


def publication(until: date | None, now: datetime) -> Publication:
    """The publication at this moment, given the newest published day."""
    return Publication(until, due(now))

"""Wall clocks of a test's own, for the processes that it starts: libfaketime, whatever these are written in."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import libfaketime


def going_on_from(moment: datetime) -> dict[str, str]:
    """The environment of processes for which it is that moment now, and whose clocks go on from there."""
    return {**_environment(), "FAKETIME": _ahead(moment)}


@dataclass(frozen=True)
class MovedClock:
    """A clock that is moved while processes go by it: those that were started with its environment."""

    file: Path

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to go by this clock."""
        return {**_environment(), "FAKETIME_TIMESTAMP_FILE": str(self.file), "FAKETIME_CACHE_DURATION": "1"}

    def set(self, moment: datetime) -> None:
        """Goes on from that moment."""
        self.file.write_text(_ahead(moment))


def _ahead(moment: datetime) -> str:
    return f"{(moment - datetime.now(UTC)).total_seconds():+.0f}"


def _environment() -> dict[str, str]:
    library = Path(libfaketime.__file__).parent / "vendor" / "libfaketime" / "src" / "libfaketime.so.1"
    # Time-outs are measured by the monotonic clock, which stays as it is.
    return {"LD_PRELOAD": str(library), "DONT_FAKE_MONOTONIC": "1"}

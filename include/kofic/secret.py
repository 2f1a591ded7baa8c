"""A value that must not be shown."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Secret:
    """Text whose repr and str are masked, so that a log line, a traceback or a rendered template cannot show it."""

    _value: str = field(repr=False)

    def __str__(self) -> str:
        return "***"

    def reveal(self) -> str:
        """The text itself; for the one place that sends it."""
        return self._value

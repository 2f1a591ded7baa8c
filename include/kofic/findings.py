"""How complete a collection is: how many of its requests returned everything they should, as numbers that fit in XCom."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from include.kofic.batch import Batch
from include.kofic.errors import printable
from include.kofic.tables import API_CALL, REJECTED_RECORD

_EXAMPLES = 5


@dataclass(frozen=True)
class Findings:
    """How the requests of a collection fared.

    `unsent`: not sent, because those before them failed; `incomplete`: sent, but the reply was unreadable or lost a record;
    `values`: null because they could not be parsed. `examples` describes the first few failures.
    """

    requests: int
    unsent: int
    incomplete: int
    values: int
    examples: tuple[str, ...]

    @property
    def share(self) -> float:
        """The share of requests, 0 to 1, that did not return every record."""
        return (self.unsent + self.incomplete) / self.requests if self.requests else 0.0

    @property
    def is_complete(self) -> bool:
        """Whether everything requested could be read."""
        return not (self.unsent or self.incomplete or self.values)

    def __str__(self) -> str:
        counts = {
            f"{self.incomplete} of {self.requests} replies are incomplete or unreadable": self.incomplete,
            f"{self.unsent} of {self.requests} requests were not sent": self.unsent,
            f"{self.values} values are null because they could not be parsed": self.values,
        }
        return ", ".join(text for text, count in counts.items() if count) or "everything was read"


def findings(batch: Batch) -> Findings:
    """The findings of one batch."""
    rejected = [row for row in batch.rows[REJECTED_RECORD.name] if row["part"] == 1]
    return Findings(
        requests=batch.requests,
        unsent=batch.requests - len(batch.rows[API_CALL.name]),
        incomplete=len({row["params"] for row in rejected if row["field"] is None}),
        values=sum(row["field"] is not None for row in rejected),
        examples=tuple(
            f"{row['table_name']} {printable(', '.join(json.loads(row['params']).values()))}: {printable(row['reason'])}"
            for row in rejected[:_EXAMPLES]
        ),
    )


def combined(parts: Iterable[Findings]) -> Findings:
    """The findings of several batches as one."""
    each = list(parts)
    return Findings(
        requests=sum(one.requests for one in each),
        unsent=sum(one.unsent for one in each),
        incomplete=sum(one.incomplete for one in each),
        values=sum(one.values for one in each),
        examples=tuple(text for one in each for text in one.examples)[:_EXAMPLES],
    )

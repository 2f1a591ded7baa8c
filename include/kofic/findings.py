"""What a collection was worth: how many of its questions brought all that they should, in numbers that travel through XCom."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from include.kofic.batch import Batch
from include.kofic.errors import shown
from include.kofic.tables import API_CALL, REJECTED_RECORD

_EXAMPLES = 5


@dataclass(frozen=True)
class Findings:
    """How the questions of a collection fared.

    `unasked` were not asked, because those before them had failed; `lossy` were asked, and brought no readable reply or lost a
    record; `values` are null because they could not be read. `examples` says of the first few which, and why.
    """

    questions: int
    unasked: int
    lossy: int
    values: int
    examples: tuple[str, ...]

    @property
    def share(self) -> float:
        """The part of the questions, 0 to 1, that did not bring every record."""
        return (self.unasked + self.lossy) / self.questions if self.questions else 0.0

    @property
    def is_sound(self) -> bool:
        """Whether everything that was asked for could be read."""
        return not (self.unasked or self.lossy or self.values)

    def __str__(self) -> str:
        counts = {
            f"{self.lossy} of {self.questions} replies could not be read whole": self.lossy,
            f"{self.unasked} of {self.questions} questions were not asked": self.unasked,
            f"{self.values} values are null, because they could not be read": self.values,
        }
        return ", ".join(text for text, count in counts.items() if count) or "everything was read"


def findings(batch: Batch) -> Findings:
    """The findings of one batch."""
    rejected = [row for row in batch.rows[REJECTED_RECORD.name] if row["part"] == 1]
    return Findings(
        questions=batch.questions,
        unasked=batch.questions - len(batch.rows[API_CALL.name]),
        lossy=len({row["params"] for row in rejected if row["field"] is None}),
        values=sum(row["field"] is not None for row in rejected),
        examples=tuple(
            f"{row['table_name']} {shown(', '.join(json.loads(row['params']).values()))}: {shown(row['reason'])}"
            for row in rejected[:_EXAMPLES]
        ),
    )


def together(parts: Iterable[Findings]) -> Findings:
    """The findings of several batches as one."""
    each = list(parts)
    return Findings(
        questions=sum(one.questions for one in each),
        unasked=sum(one.unasked for one in each),
        lossy=sum(one.lossy for one in each),
        values=sum(one.values for one in each),
        examples=tuple(text for one in each for text in one.examples)[:_EXAMPLES],
    )

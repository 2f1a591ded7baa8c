"""The commands of docs/runbook.md: each block says in its fence whether a rehearsal runs it.

```sh rehearsed        run by make aws-rehearsal, in order
```sh needs-aws        wants an account: not run
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from local.state import ROOT

FILE = ROOT / "docs" / "runbook.md"
KINDS = frozenset({"rehearsed", "needs-aws"})


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, whether it is rehearsed, and its lines."""

    language: str
    kind: str
    text: str

    @property
    def lines(self) -> list[str]:
        """The commands; a comment is none, and one that goes on is one."""
        joined = self.text.replace("\\\n", " ")
        return [
            " ".join(line.split()) for line in joined.splitlines() if line.strip() and not line.strip().startswith(("#", "--"))
        ]


def blocks() -> Iterator[Block]:
    """The blocks of the runbook, in order."""
    for fence in re.finditer(r"^( *)```(\w*) ?(\S*)\n(.*?)^\1```$", FILE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
        indent, language, kind, text = fence.groups()
        yield Block(language, kind, "".join(line.removeprefix(indent) + "\n" for line in text.splitlines()))


def machine_commands(folder: Path, bucket: str, region: str) -> str:
    """Step 4's block, for a machine whose checkout is this folder."""
    (block,) = [each for each in blocks() if "first-start.sh" in each.text]
    text = block.text.replace("BUCKET=…", f"BUCKET={bucket}").replace("YOUR-REPOSITORY", str(ROOT))
    return text.replace("/opt/box-office", str(folder)).replace("ap-northeast-2", region)

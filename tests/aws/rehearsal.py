"""All of docs/runbook.md that can run without an account, in its order, timed; then the list of what did not run.

make aws-rehearsal        root on Debian, with docker.io, docker-compose, debootstrap and caddy
"""

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from local.state import ROOT
from tests.ec2 import rehearsal, runbook

BIN = Path(sys.executable).parent
PYTEST = (sys.executable, "-E", "-m", "pytest", "--quiet", "--exitfirst")
LOADS = ("tests/redshift/test_loader.py", "tests/redshift/test_dbt_build.py", "tests/redshift/test_pipeline.py")


@dataclass(frozen=True)
class Step:
    """A part of the runbook, and the command that rehearses it."""

    what: str
    command: tuple[str, ...]


STEPS = (
    Step("1. the template, by cfn-lint", (str(BIN / "cfn-lint"), "deploy/aws/box-office.yaml")),
    Step("1. the stack on moto; 2. and 3. its secrets and rights", (*PYTEST, "tests/aws")),
    Step("4. to 6. the machine: user data, first start, compose, the page, runs", (*PYTEST, "--capture=no", "tests/ec2")),
    Step("loader, dbt and DAG at the stand-in of Redshift", (*PYTEST, *LOADS)),
    Step("3. the smoke script at the stand-in of Redshift", (*PYTEST, "tests/redshift/test_smoke.py")),
)
NOT_HERE = (
    "AWS itself: how IAM evaluates the policies, CloudFormation's types that moto skips, cfn-signal, alarms, awslogs",
    "Amazon Linux 2023: dnf and curl are recorded, and Docker is Debian's 20.10 with compose 1.29",
    "the Astro Runtime's image: a stand-in with its users and folders is the base",
    "Redshift: docs/redshift-ledger.md lists what its stand-in cannot prove",
    "Preset: neither its addresses nor a tunnel",
)


def not_run() -> list[str]:
    """What of the runbook no step runs, a line each."""
    blocks = [block for block in runbook.blocks() if block.kind == "needs-aws"]
    return [*NOT_HERE, *(f"a command: {line}" for block in blocks for line in block.lines)]


def main() -> int:
    """Runs the steps until one fails; 1 if one does."""
    took = []
    for step in STEPS:
        sys.stdout.write(f"\n=== {step.what}\n$ {' '.join(step.command)}\n")
        sys.stdout.flush()
        started = time.monotonic()
        if subprocess.run(step.command, cwd=ROOT).returncode:
            sys.stdout.write(f"FAILED: {step.what}\n")
            return 1
        took.append(f"{(time.monotonic() - started) / 60:5.1f} min  {step.what}")
    sys.stdout.write("\n=== ran\n" + "\n".join([*took, rehearsal.changes()]) + "\n")
    sys.stdout.write("\n=== did not run\n" + "\n".join(not_run()) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

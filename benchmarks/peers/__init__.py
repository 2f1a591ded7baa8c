"""What the pipeline is held against, each a script that prints its seconds. They run in an environment of their own."""

import os
import subprocess

from rich.console import Console

from local import environments
from local.state import LOCAL, ROOT

HOME = LOCAL / "bench-venv"


def seconds(module: str, *words: object, **environment: str) -> float:
    """The seconds that a peer's script printed; its packages are installed first, if they are missing."""
    environments.install("the benchmarks' peers", HOME, ROOT / "benchmarks" / "requirements.lock", Console(stderr=True))
    command = [str(HOME / "bin" / "python"), str(ROOT / "benchmarks" / "peers" / f"{module}.py"), *map(str, words)]
    done = subprocess.run(command, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout.split()[-1])

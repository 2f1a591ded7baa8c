"""What `make demo` takes in a new clone of what is committed, and once more in the same folder.

    .venv/bin/python -m benchmarks.demo

With its defaults: a year of made-up data, and the dashboards. Packages come from the caches of this machine, where they hold
them; the first start of all takes longer by what is downloaded.
"""

import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.measure import Row, show
from local.state import ROOT


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder, "clone")
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)

        def demo() -> float:
            started = time.perf_counter()
            subprocess.run(["make", "demo"], cwd=clone, check=True)
            return time.perf_counter() - started

        try:
            first, again = demo(), demo()
        finally:
            subprocess.run(["make", "down"], cwd=clone, check=False)
    show(
        [
            Row("`make demo` in a new clone", (first,), "three minutes", (180,), 1),
            Row("`make demo` again", (again,), "one minute", (60,), 1),
        ]
    )


if __name__ == "__main__":
    main()

"""supervisord with a mark that every process below it inherits: `python -m local.marked MARK` and supervisord's own arguments.

The mark is the soft limit on file locks. Linux has not enforced that limit since 2.4.25 (setrlimit(2), RLIMIT_LOCKS) and keeps it
for each process through fork, exec and setsid, so that nothing but a call for this very limit changes it.
"""

import sys

import psutil
from supervisor import supervisord


def main(mark: int, arguments: list[str]) -> None:
    """Marks this process and becomes supervisord."""
    process = psutil.Process()
    _, highest = process.rlimit(psutil.RLIMIT_LOCKS)
    if highest != psutil.RLIM_INFINITY:
        sys.exit("the hard limit on file locks (`ulimit -Hx`) is not `unlimited`. Remedy: a shell without that limit.")
    process.rlimit(psutil.RLIMIT_LOCKS, (mark, highest))
    supervisord.main(arguments)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])

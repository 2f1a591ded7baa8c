"""The peak memory of processes that come and go, as PSS: what several processes share is counted in parts."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import psutil

_EVERY = 0.1
"""Seconds between two looks; a process that lives for less may not be seen."""


@dataclass
class Peaks:
    """The largest PSS seen of each process, in bytes, by its id."""

    of: dict[int, int] = field(default_factory=dict)

    @property
    def largest(self) -> float:
        return float(max(self.of.values()))

    def look(self, processes: Iterable[psutil.Process]) -> None:
        for process in processes:
            with suppress(psutil.Error):
                self.of[process.pid] = max(self.of.get(process.pid, 0), process.memory_full_info().pss)


@contextmanager
def watched(processes: Callable[[], Iterable[psutil.Process]]) -> Iterator[Peaks]:
    """Looks at the processes until the block ends."""
    peaks, done = Peaks(), threading.Event()

    def look() -> None:
        while not done.wait(_EVERY):
            peaks.look(processes())

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield peaks
    finally:
        done.set()
        watcher.join()


def below(parent: psutil.Process) -> list[psutil.Process]:
    """A process and all that it started."""
    with suppress(psutil.NoSuchProcess):
        return [parent, *parent.children(recursive=True)]
    return []

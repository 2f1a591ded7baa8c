"""Whether the project's pins agree with the image that they are installed into: the Astro Runtime, Airflow 3.3 on Python 3.12.

What such an image holds is in Airflow's constraints file (apache/airflow, constraints-3.3.2/constraints-3.12.txt), which is
published on a code host only: it is read where a copy is at hand. The packages' own metadata is checked in any case.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from local.state import ROOT

PYTHON = "3.12.0"
LISTS = (ROOT / "tests" / "docker" / "runtime" / "runtime.txt", ROOT / "requirements.txt")


@dataclass(frozen=True)
class Need:
    """A requirement, and whose it is."""

    by: str
    requirement: Requirement

    @property
    def name(self) -> str:
        """The package that it needs."""
        return canonicalize_name(self.requirement.name)

    def __str__(self) -> str:
        return f"{self.by} needs {self.requirement.name}{self.requirement.specifier}"


def pinned(file: Path) -> dict[str, Version]:
    """The versions in a constraints or lock file, by name; a line for another Python is left out."""
    found: dict[str, Version] = {}
    for line in file.read_text().splitlines():
        if re.match(r"[A-Za-z0-9]", line):
            requirement = Requirement(line.partition("#")[0].removesuffix(" \\").strip())
            if _applies(requirement, ()):
                (specifier,) = requirement.specifier
                found[canonicalize_name(requirement.name)] = Version(specifier.version)
    return found


def needs(lists: Iterable[Path] = LISTS) -> Iterator[Need]:
    """Every requirement on Python 3.12, from the project's own to the last one's, as the installed packages state them."""
    waiting = [Need(file.name, Requirement(line)) for file in lists for line in _lines(file)]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        need = waiting.pop()
        yield need
        known = need.name, frozenset(need.requirement.extras)
        if known in seen:
            continue
        seen.add(known)
        for text in metadata.metadata(need.name).get_all("Requires-Dist", []):
            requirement = Requirement(text)
            if _applies(requirement, need.requirement.extras):
                waiting.append(Need(need.name, requirement))


def contradictions(versions: Mapping[str, Version]) -> list[str]:
    """What the packages' metadata says against these versions on Python 3.12; one line each."""
    found = []
    for need in needs():
        version = versions.get(need.name)
        if version is None:
            found.append(f"{need}, which has no pin")
        elif not need.requirement.specifier.contains(version, prereleases=True):
            found.append(f"{need}, and the pin is {version}")
        for python in metadata.metadata(need.name).get_all("Requires-Python", []):
            if not SpecifierSet(python).contains(PYTHON):
                found.append(f"{need.name} is for Python {python}")
    return sorted(set(found))


def changed(held: Mapping[str, Version], versions: Mapping[str, Version]) -> tuple[list[str], list[str]]:
    """Which packages of an image the project's requirements would take to an older version, and which to a newer; a line each."""
    back: list[str] = []
    forward: list[str] = []
    for need in needs():
        has, wanted = held.get(need.name), versions.get(need.name)
        if has and wanted and not need.requirement.specifier.contains(has, prereleases=True):
            (back if wanted < has else forward).append(f"{need}, and the image holds {has}: it would become {wanted}")
    return sorted(set(back)), sorted(set(forward))


def _lines(file: Path) -> list[str]:
    return [line for line in file.read_text().splitlines() if line and not line.startswith("#")]


def _applies(requirement: Requirement, extras: Iterable[str]) -> bool:
    if requirement.marker is None:
        return True
    # What is not given here, the system for one, is this machine's.
    python = {"python_full_version": PYTHON, "python_version": PYTHON.rpartition(".")[0]}
    return any(requirement.marker.evaluate({**python, "extra": extra}) for extra in ("", *extras))


def main(constraints: Path | None) -> int:
    """Prints what does not agree; 1 if anything does not."""
    versions = pinned(ROOT / "local" / "requirements.lock")
    found = contradictions(versions)
    print(f"The packages' own metadata on Python 3.12: {len(found)} contradictions", *found, sep="\n- ")
    if constraints is None:
        print("Airflow's constraints: NOT CHECKED, no file at hand. Remedy: get constraints-3.12.txt of the branch")
        print("constraints-3.3.2 of apache/airflow, then `make pins CONSTRAINTS=FILE`")
        return int(bool(found))
    back, forward = changed(pinned(constraints), versions)
    print(f"Airflow's constraints, {constraints}: {len(back)} packages would go back", *back, sep="\n- ")
    print(f"{len(forward)} would become newer than those that Airflow was tested with", *forward, sep="\n- ")
    return int(bool(found or back))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else None))

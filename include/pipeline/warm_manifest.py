"""One parsed dbt project for all of a run's dbt tasks: the first task that needs it parses and keeps it, the others read it.

Cosmos starts dbt in each task, and dbt then reads, checks and writes its whole project anew, which takes longer than the
work of most models. Measured on 2 cores: reading the kept project takes 0.03 s; a run of 90 tasks over 27 recorded days took
127 s with it, and 79 s once the scheduler was warm too (`warm_up`); the tests' runs took 163 to 205 s before both. dbt itself
takes a parsed project: `dbtRunner(manifest=…)`.
Cosmos has no place to give it one, so `install` puts its own runner in Cosmos's (`cosmos.dbt.runner.get_runner`, which is
private: `tests/dags/test_warm_manifest.py` fails when that changes).

What is kept is named by a hash of all that a parsed project rests on: the project's files, the profile (its password is the
name of an environment variable), the variables, and dbt's versions. A worker can therefore meet no manifest but its own, after
whatever upgrade or edit; and it reads only a file that it wrote itself, or another process of the same user.
"""

import hashlib
import os
import pickle
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, fields
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cosmos import settings
from cosmos.dbt import runner as cosmos_runner

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest

_COMMANDS = frozenset({"build", "compile", "run", "seed", "snapshot", "source", "test"})
_PACKAGES = ("dbt-core", "dbt-common", "dbt-adapters", "dbt-postgres", "dbt-redshift")
_WRITTEN_BY_DBT = frozenset({"target", "logs"})
_KEPT_FOR = 7 * 24 * 3600

_OPTIONS = ArgumentParser(add_help=False, allow_abbrev=False)
_OPTIONS.add_argument("--project-dir", type=Path, required=True)
_OPTIONS.add_argument("--profiles-dir", type=Path, required=True)
_OPTIONS.add_argument("--profile", default="")
_OPTIONS.add_argument("--target", default="")
_OPTIONS.add_argument("--vars", default="{}")
_OPTIONS.add_argument("--target-path")
_OPTIONS.add_argument("--log-path")


@dataclass(frozen=True)
class WarmRunner:
    """Stands where Cosmos has dbt's own runner."""

    callbacks: list[Callable[..., None]] | None = None
    folder: Path = field(default_factory=lambda: settings.cache_dir / "manifests")

    def invoke(self, args: list[str]) -> "dbtRunnerResult":
        """Runs the command, on the kept manifest where it needs one; a project that does not parse fails it."""
        # Not at the top: whoever parses the DAG alone has no need of dbt, and importing it takes a second.
        from dbt.cli.main import dbtRunner

        if _COMMANDS.isdisjoint(args):
            return dbtRunner(callbacks=self.callbacks).invoke(args)
        parsed = self.parse(args)
        if not parsed.success:
            return parsed
        return dbtRunner(parsed.result, self.callbacks).invoke(args)  # type: ignore[arg-type]

    def parse(self, args: list[str]) -> "dbtRunnerResult":
        """The manifest for the command's project, profile and variables: the kept one, or one that is parsed and kept now."""
        from dbt.cli.main import dbtRunner, dbtRunnerResult

        options, _ = _OPTIONS.parse_known_args(args)
        place = self.folder / _key(options.project_dir, options.profiles_dir, options.profile, options.target, options.vars)
        if manifest := _kept(place):
            return dbtRunnerResult(success=True, result=manifest)
        words = [f"--{name.replace('_', '-')}={value}" for name, value in vars(options).items() if value]
        parsed = dbtRunner(callbacks=self.callbacks).invoke(["parse", *words, "--no-static-parser"])
        # A project that takes something from the environment is another one when that changes.
        if parsed.success and not parsed.result.env_vars:  # type: ignore[union-attr]
            _keep(parsed.result, place)  # type: ignore[arg-type]
        return parsed


def install() -> None:
    """Puts the runner in the place of Cosmos's."""
    cosmos_runner.get_runner = WarmRunner


def warm_up(project: Path) -> None:
    """Uses dbt once, without a warehouse, in the process that the tasks' processes are forked from.

    They then have what dbt makes when it is first used: modules, JSON schemas, the macros' templates. A project that does not
    compile is left for the tasks to report.
    """
    from dbt.cli.main import dbtRunner
    from dbt_common.clients.jinja import template_cache

    words = ["--quiet", "--no-write-json", "compile", "--select", "path:models/staging", "--no-introspect", "--no-populate-cache"]
    with tempfile.TemporaryDirectory() as folder:
        words += [f"--project-dir={project}", f"--profiles-dir={project}", f"--target-path={folder}", f"--log-path={folder}"]
        parsed = WarmRunner().parse(words)
        if parsed.success and dbtRunner(parsed.result).invoke(words).success:  # type: ignore[arg-type]
            for macro in parsed.result.macros.values():  # type: ignore[union-attr]
                template_cache.get_node_template(macro)


def _key(project_dir: Path, profiles_dir: Path, *words: str) -> str:
    # Cosmos hands over a folder of links to the project's.
    project = (project_dir / "dbt_project.yml").resolve().parent
    digest = hashlib.sha256()
    for file in _read_by_dbt(project):
        _add(digest, str(file.relative_to(project)).encode(), file.read_bytes())
    _add(digest, (profiles_dir / "profiles.yml").read_bytes())
    _add(digest, *(word.encode() for word in (*words, *map(version, _PACKAGES))))
    return digest.hexdigest()


def _read_by_dbt(project: Path) -> Iterable[Path]:
    for file in sorted(project.rglob("*")):
        if file.is_file() and file.relative_to(project).parts[0] not in _WRITTEN_BY_DBT:
            yield file


def _add(digest: Any, *parts: bytes) -> None:
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)


def _kept(place: Path) -> "Manifest | None":
    from dbt.contracts.graph.manifest import Manifest

    with suppress(FileNotFoundError), place.open("rb") as file:
        status = os.fstat(file.fileno())
        if status.st_uid == os.getuid() and not status.st_mode & 0o022:
            return Manifest(**pickle.load(file))
    return None


def _keep(manifest: "Manifest", place: Path) -> None:
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in place.parent.iterdir():
        with suppress(FileNotFoundError):
            if old.stat().st_mtime < time.time() - _KEPT_FOR:
                old.unlink()
    with tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as file:
        # By name: in dbt 1.11 `Manifest.__reduce_ex__` leaves out two fields and shifts the rest. What begins with "_" is
        # derived from the others on demand.
        parts = {each.name: getattr(manifest, each.name) for each in fields(manifest) if not each.name.startswith("_")}
        pickle.dump(parts, file, protocol=pickle.HIGHEST_PROTOCOL)
    Path(file.name).replace(place)

"""The static check of `make lint`: dbt compiles the project for Redshift, without a connection, and each query is checked;
then the SQL of the dashboards.

What `dbt compile` gives: models, data tests, unit tests' models. The queries that macros run while a model is built are
made by the same macros, and are checked by the stand-in when the tests run them.
"""

import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner

from include.kofic.tables import LOAD_AUDIT, RAW_TABLES
from tests.redshift.dialect import dashboards
from tests.redshift.dialect.check import findings
from tests.redshift.dialect.dashboards import Query
from tests.redshift.dialect.kinds import Kind, named

INCLUDE = Path(__file__).parents[3] / "include"
PROJECT = INCLUDE / "dbt"


def compiled(project: Path, target: Path, *options: str) -> list[Any]:
    """Every model and test of the project with its SQL as it goes to Redshift on a daily run, as dbt's nodes.

    Raises:
        RuntimeError: dbt does not compile the project; the message is dbt's.
    """
    done = dbtRunner().invoke(
        [
            "compile",
            *options,
            "--target=redshift",
            "--no-introspect",
            "--no-populate-cache",
            "--no-partial-parse",
            "--quiet",
            f"--project-dir={project}",
            f"--profiles-dir={project}",
            f"--target-path={target}",
            f"--log-path={target}",
        ]
    )
    results = getattr(done.result, "results", [])
    if not done.success:
        failed = [f"{each.node.name}: {each.message}" for each in results if each.message]
        raise RuntimeError(f"dbt compile: {done.exception or failed}")
    # A seed has no query.
    return [each.node for each in results if getattr(each.node, "compiled_code", "")]


def column_kinds(nodes: Iterable[Any]) -> dict[str, Kind]:
    """The types of the columns of raw tables and contracts by their names; a name that has two types has none here."""
    written = [(column.name, column.kind.redshift) for table in (*RAW_TABLES, LOAD_AUDIT) for column in table.columns]
    written += [(name, each.data_type) for node in nodes for name, each in node.columns.items() if each.data_type]
    kinds: dict[str, set[Kind]] = {}
    for name, kind in written:
        if found := named(kind):
            kinds.setdefault(name, set()).add(found)
    return {name: next(iter(found)) for name, found in kinds.items() if len(found) == 1}


def check(queries: Mapping[str, Query]) -> list[str]:
    """A line for each rule that a query breaks."""
    return [f"{file}: {finding}" for file, query in queries.items() for finding in findings(*query)]


def main() -> int:
    """Prints what Redshift would refuse; 1 if there is any."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as target:
        nodes = compiled(PROJECT, Path(target))
        first = compiled(PROJECT, Path(target), "--full-refresh", "--select", "config.materialized:incremental")
    kinds = column_kinds(nodes)
    queries: dict[str, Query] = {f"{node.original_file_path} ({node.name})": (node.compiled_code, kinds) for node in nodes}
    queries |= {f"{node.original_file_path} ({node.name}), first run": (node.compiled_code, kinds) for node in first}
    queries |= dashboards.queries(INCLUDE / "superset")
    found = check(queries)
    sys.stdout.writelines(f"{line}\n" for line in found)
    sys.stdout.write(f"{len(queries)} queries for Redshift, {len(found)} findings\n")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())

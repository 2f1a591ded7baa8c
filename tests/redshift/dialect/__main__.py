"""The static check of `make lint`: dbt compiles the project for Redshift, without a connection, and each query is checked.

What `dbt compile` gives: models, data tests, unit tests' models. The queries that macros run while a model is built are
made by the same macros, and are checked by the stand-in when the tests run them.
"""

import sys
import tempfile
from pathlib import Path

from dbt.cli.main import dbtRunner

from tests.redshift.dialect.check import findings

PROJECT = Path(__file__).parents[3] / "include" / "dbt"


def compiled(project: Path, target: Path, *options: str) -> dict[str, str]:
    """By file: the SQL of every model and test of the project, as it goes to Redshift on a daily run.

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
    nodes = [each.node for each in results]
    # A seed has no query.
    return {
        f"{node.original_file_path} ({node.name})": node.compiled_code for node in nodes if getattr(node, "compiled_code", "")
    }


def check(queries: dict[str, str]) -> list[str]:
    """A line for each rule that a query breaks."""
    return [f"{file}: {finding}" for file, query in queries.items() for finding in findings(query)]


def main() -> int:
    """Prints what Redshift would refuse; 1 if there is any."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as target:
        queries = compiled(PROJECT, Path(target))
        first = compiled(PROJECT, Path(target), "--full-refresh", "--select", "config.materialized:incremental")
    queries |= {f"{file}, first run": query for file, query in first.items()}
    found = check(queries)
    sys.stdout.writelines(f"{line}\n" for line in found)
    sys.stdout.write(f"{len(queries)} queries for Redshift, {len(found)} findings\n")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())

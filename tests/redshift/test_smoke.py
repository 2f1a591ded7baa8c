"""The smoke script for the first real cluster: it runs against the stand-in, and the ledger has its questions."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deploy import redshift_smoke
from deploy.redshift_smoke import CHECKS
from include.kofic.lake import Lake
from local import waiting
from local.state import Stack
from tests.aws.template import expiring, prefixes
from tests.redshift.dialect.check import reads_a_users_table, runs_on_the_leader_node
from tests.redshift.loads import ROLE
from tests.redshift.standin import server, tls
from tests.redshift.standin.copy import S3Source

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "deploy" / "redshift_smoke.py"


@pytest.fixture
def at_the_stand_in(
    stack: Stack, identity: tls.Identity, database: str, s3_source: S3Source, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Any]]:
    """Runs the script at a stand-in whose COPY reads what the template's role may read, and no more."""
    source = replace(s3_source, prefixes=prefixes("CopyRole", "s3:GetObject"))
    with server.running(server.Settings(stack.ports["postgres"], source, identity.context)) as port:
        place = {"conn_type": "redshift", "host": "127.0.0.1", "port": port, "schema": database, "login": "warehouse"}
        warehouse = {**place, "password": "sesame-of-the-smoke-test", "extra": {"copy_role_arn": ROLE}}
        monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", json.dumps(warehouse))
        extra = {"endpoint_url": s3_source.endpoint, "region_name": "ap-northeast-2"}
        keys = {"login": s3_source.access_key, "password": s3_source.secret_key}
        monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", json.dumps({"conn_type": "aws", **keys, "extra": extra}))
        monkeypatch.setenv("AIRFLOW_VAR_BOX_OFFICE_BUCKET", lake.bucket)

        def run(*names: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run([sys.executable, str(SCRIPT), *names], capture_output=True, text=True, timeout=waiting.COMMAND)

        yield run


def test_every_check_holds_on_the_stand_in_and_nothing_is_left(
    at_the_stand_in: Callable[..., Any], run: Callable[..., Any], lake: Lake
) -> None:
    done = at_the_stand_in()
    lines = [line for line in done.stdout.splitlines() if re.match(r"holds|noted|DIFFERS", line)]
    assert [line for line in lines if line.startswith("DIFFERS")] == []
    assert len(lines) == len(CHECKS)
    assert done.returncode == 0, done.stderr
    assert "sesame" not in done.stdout + done.stderr
    assert run("select nspname from pg_namespace where nspname like 'smoke%%'") == []
    written = [each["Key"] for each in lake.client.list_objects_v2(Bucket=lake.bucket)["Contents"]]
    assert written
    assert [key for key in written if not key.startswith(prefixes("InstanceRole", "s3:PutObject"))] == []
    assert [key for key in written if not key.startswith(expiring())] == [], (
        "the machine may delete nothing, the bucket's rule does"
    )


def test_every_answer_comes_from_tables_and_not_from_constants(
    at_the_stand_in: Callable[..., Any], statements: list[str]
) -> None:
    """Constants alone are computed where no data is (guide: c_SQL_functions_leader_node_only)."""
    assert redshift_smoke.main([]) == 0
    asked = [sql for sql in statements if sql.startswith("select") and sql not in {"select version()", "select 1"}]
    assert len(asked) > 20
    assert [sql for sql in asked if not reads_a_users_table(sql) and not runs_on_the_leader_node(sql)] == []


def test_an_unknown_check_is_refused_before_any_is_run(at_the_stand_in: Callable[..., Any]) -> None:
    done = at_the_stand_in("no-such-thing")
    assert done.returncode == 2
    assert "no such check: no-such-thing" in done.stderr


def test_the_ledger_has_every_check_and_no_other() -> None:
    ledger = (ROOT / "docs" / "redshift-ledger.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`([a-z0-9-]+)` \|$", ledger, re.MULTILINE)) == {check.name for check in CHECKS}

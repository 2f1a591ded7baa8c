"""The smoke script for the first real cluster: it runs against the stand-in, and the ledger has its questions."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deploy.redshift_smoke import CHECKS
from include.kofic.lake import Lake
from local import waiting
from tests.redshift.loads import ROLE
from tests.redshift.standin.copy import S3Source

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "deploy" / "redshift_smoke.py"


@pytest.fixture
def at_the_stand_in(
    redshift_port: int, database: str, s3_source: S3Source, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    place = {"conn_type": "redshift", "host": "127.0.0.1", "port": redshift_port, "schema": database, "login": "warehouse"}
    warehouse = {**place, "password": "sesame-of-the-smoke-test", "extra": {"copy_role_arn": ROLE}}
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", json.dumps(warehouse))
    extra = {"endpoint_url": s3_source.endpoint, "region_name": "ap-northeast-2"}
    keys = {"login": s3_source.access_key, "password": s3_source.secret_key}
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", json.dumps({"conn_type": "aws", **keys, "extra": extra}))
    monkeypatch.setenv("AIRFLOW_VAR_BOX_OFFICE_BUCKET", lake.bucket)

    def run(*names: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, str(SCRIPT), *names], capture_output=True, text=True, timeout=waiting.COMMAND)

    return run


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
    assert "Contents" not in lake.client.list_objects_v2(Bucket=lake.bucket)


def test_an_unknown_check_is_refused_before_any_is_run(at_the_stand_in: Callable[..., Any]) -> None:
    done = at_the_stand_in("no-such-thing")
    assert done.returncode == 2
    assert "no such check: no-such-thing" in done.stderr


def test_the_ledger_has_every_check_and_no_other() -> None:
    ledger = (ROOT / "docs" / "redshift-ledger.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`([a-z0-9-]+)` \|$", ledger, re.MULTILINE)) == {check.name for check in CHECKS}

"""The bundle's way into Superset, into Preset, and back into the files, on a real Superset."""

import csv
import difflib
import hashlib
import json
import os
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import psycopg2
import pytest
from rich.console import Console

from local import postgres, processes, waiting
from local.state import LOGS, ROOT, Stack
from local.superset import bundle, dashboards, server
from local.superset.api import SupersetApi
from tests import servers

RESOURCES = ("chart", "dashboard", "dataset", "database")
CHART = "매출액의 국적 비중(한국·외국)"


def _what_is_there(superset: SupersetApi) -> dict[str, set[tuple[int, str]]]:
    names = {"chart": "slice_name", "dashboard": "dashboard_title", "dataset": "table_name", "database": "database_name"}
    return {kind: {(each["id"], each[names[kind]]) for each in superset.listed(kind)} for kind in RESOURCES}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the bundle's files."""
    bundle.write(bundle.read(), tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def edited(stack: Stack, superset: SupersetApi) -> Iterator[None]:
    """One chart changed as its editor changes it: a new title, a new option, and the queries that the editor stores."""
    (chart,) = [each for each in superset.listed("chart") if each["slice_name"] == CHART]
    params = json.loads(superset.call("GET", f"chart/{chart['id']}")["result"]["params"])
    stored = {"datasource": {"id": chart["datasource_id"], "type": "table"}, "queries": [{"columns": ["nation_nm"]}]}
    form = {**params, "show_legend": False, "slice_id": chart["id"], "datasource": f"{chart['datasource_id']}__table"}
    body = {"slice_name": "국적 비중", "params": json.dumps(form), "query_context": json.dumps(stored)}
    superset.call("PUT", f"chart/{chart['id']}", body)
    yield
    dashboards.bring(stack)


def test_the_bundle_fits_superset_s_own_schemas(stack: Stack, tmp_path: Path) -> None:
    bundle.write_whole(bundle.read(), tmp_path)
    server.validate(tmp_path)


def test_superset_s_package_is_as_it_was_installed(stack: Stack) -> None:
    (record,) = server.HOME.glob("lib/python*/site-packages/apache_superset-*.dist-info/RECORD")
    with record.open(newline="") as lines:
        recorded = {name: digest for name, digest, _ in csv.reader(lines) if digest and name.startswith("superset/")}
    assert len(recorded) > 1000
    changed = []
    for name, digest in recorded.items():
        found = hashlib.sha256((record.parents[1] / name).read_bytes()).digest()
        if digest != f"sha256={urlsafe_b64encode(found).decode().rstrip('=')}":
            changed.append(name)
    assert changed == []


def test_superset_does_not_listen_beyond_this_machine(stack: Stack) -> None:
    addresses = servers.listening(processes.own(stack))
    assert ("127.0.0.1", stack.ports["superset"]) in addresses
    assert servers.beyond_loopback(addresses) == set()


def test_a_second_import_changes_nothing(stack: Stack, superset: SupersetApi) -> None:
    before, exported = _what_is_there(superset), superset.export_dashboards()
    assert [len(before[kind]) for kind in RESOURCES] == [66, 7, 24, 1]
    dashboards.bring(stack)
    assert _what_is_there(superset) == before
    assert superset.export_dashboards().keys() == exported.keys()


def test_a_superset_that_was_killed_is_there_again_with_all_it_had(stack: Stack, superset: SupersetApi) -> None:
    before = _what_is_there(superset)
    port = f"127.0.0.1:{stack.ports['superset']}"
    killed = [process for process in psutil.process_iter(["cmdline"]) if port in (process.info["cmdline"] or [])]
    for process in killed:
        process.kill()
    psutil.wait_procs(killed, timeout=waiting.STOPPED)

    server.start(stack, Console(stderr=True))

    assert killed
    assert _what_is_there(superset) == before


def test_what_nobody_edited_comes_back_as_it_was(stack: Stack, folder: Path) -> None:
    assert dashboards.export(stack, folder) == []


@pytest.mark.usefixtures("edited")
def test_an_edit_comes_back_as_the_change_alone(stack: Stack, folder: Path) -> None:
    before = bundle.read(folder)

    assert dashboards.export(stack, folder) == ["charts/nation-share.yaml"]

    after = bundle.read(folder)["charts/nation-share.yaml"]
    changes = [
        line
        for line in difflib.unified_diff(before["charts/nation-share.yaml"].splitlines(), after.splitlines(), n=0, lineterm="")
        if line[0] in "+-" and line[:3] not in ("+++", "---")
    ]
    assert changes == [f"-slice_name: {CHART}", "+slice_name: 국적 비중", "-  show_legend: true", "+  show_legend: false"]


@pytest.mark.usefixtures("edited")
def test_the_push_to_preset_brings_the_same_files(stack: Stack, superset: SupersetApi, folder: Path) -> None:
    """With the tool that pushes to a Preset workspace; the workspace here is the local Superset."""
    before = _what_is_there(superset)
    pushed = dashboards.push(
        {
            "PRESET_WORKSPACE_URL": stack.superset_url,
            "SUPERSET_ADMIN": server.ADMIN,
            "SUPERSET_ADMIN_PASSWORD": stack.secrets["superset_login"],
            "DASHBOARDS_DATABASE_URL": dashboards.local_address(stack),
            "DASHBOARDS_DATABASE_PASSWORD": stack.secrets["dashboards"],
        }
    )
    assert not any(secret in pushed for secret in stack.secrets.values())
    after = _what_is_there(superset)
    assert {kind: {number for number, _ in each} for kind, each in after.items()} == {
        kind: {number for number, _ in each} for kind, each in before.items()
    }
    assert dashboards.export(stack, folder) == []


def test_what_the_push_to_preset_lacks_is_named_in_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "local", "preset"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PRESET_API_TOKEN": "a-token"},
        capture_output=True,
        text=True,
        timeout=waiting.COMMAND,
    )
    assert done.returncode == 2
    (line,) = done.stderr.strip().splitlines()
    named = {name for name in dashboards.PRESET if name in line}
    assert named == set(dashboards.PRESET) - {"PRESET_API_TOKEN"}
    assert "a-token" not in line


@pytest.fixture
def reader(data: Stack) -> Iterator[Any]:
    """A cursor of the dashboards' SQL user."""
    with closing(postgres.connect(data, "warehouse", postgres.READER)) as connection, connection.cursor() as cursor:
        yield cursor


def _tables(query: Callable[[str], list[tuple[Any, ...]]], which: str) -> list[str]:
    return [
        f'"{schema}"."{name}"'
        for schema, name in query(
            "select table_schema, table_name from information_schema.tables "
            f"where table_schema not in ('pg_catalog', 'information_schema') and table_schema {which} 'analytics'"
        )
    ]


def test_the_dashboards_user_reads_every_mart(reader: Any, query: Callable[[str], list[tuple[Any, ...]]]) -> None:
    marts = _tables(query, "=")
    assert len(marts) >= 18
    for mart in marts:
        reader.execute(f"select 1 from {mart} limit 1")
        assert reader.fetchall() == [(1,)], f"{mart} is empty"


def test_the_dashboards_user_reads_no_table_or_view_below_them(
    reader: Any, query: Callable[[str], list[tuple[Any, ...]]]
) -> None:
    others = _tables(query, "<>")
    assert {name.split(".")[0] for name in others} == {'"raw_data"', '"staging"'}
    for other in others:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            reader.execute(f"select * from {other} limit 1")


def test_no_secret_is_in_superset_s_logs_files_or_commands(stack: Stack) -> None:
    found = set()

    def look(where: object, text: str) -> None:
        found.update(f"{name} in {where}" for name, value in stack.secrets.items() if value in text)

    files = [*LOGS.glob(f"{stack.name}-superset*"), *(stack.home / "superset").rglob("*")]
    assert any("superset.log" in file.name for file in files)
    for file in files:
        if file.is_file():
            look(file, file.read_text(errors="replace"))
    for place, text in bundle.read().items():
        look(place, text)
    for process in psutil.process_iter(["cmdline"]):
        look(f"the command line of {process.pid}", " ".join(process.info["cmdline"] or []))
    assert found == set()

"""`dbt snapshot` through the stand-in. The project keeps none: the lake and the raw tables hold every capture as it came.

dbt's own macros for it cast to VARCHAR and TEXT without a length, which Redshift cuts at 256 bytes (r_Character_types) and the
stand-in refuses: two versions of a long row could be taken for one. Whoever adds a snapshot brings the sized ones along.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dbt.cli.main import dbtRunner

from tests.dbt.warehouse import PROJECT

SNAPSHOT = """
{% snapshot film_kept %}
{{ config(target_schema='kept', unique_key='movie_cd', strategy='check', check_cols=['movie_nm'], hard_deletes='invalidate') }}
select movie_cd, movie_nm from {{ source('seen', 'film') }}
{% endsnapshot %}
"""
SIZED = """
{% macro redshift__snapshot_hash_arguments(args) -%}
    {%- set texts = [] -%}
    {%- for arg in args -%}{%- do texts.append("coalesce(cast(" ~ arg ~ " as varchar(4096)), '')") -%}{%- endfor -%}
    cast(md5({{ texts | join(" || '|' || ") }}) as varchar(32))
{%- endmacro %}

{% macro redshift__snapshot_merge_sql(target, source, insert_cols) -%}
    {{ postgres__snapshot_merge_sql(target, source, insert_cols) | replace('::text', '') }}
{%- endmacro %}
"""
SOURCES = "version: 2\nsources:\n  - name: seen\n    schema: seen\n    tables:\n      - name: film\n"


@pytest.fixture
def snapshot(tmp_path: Path, redshift_port: int, database: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[str, str]]:
    """Runs `dbt snapshot` in a project of one snapshot; returns what became of it."""
    (tmp_path / "snapshots").mkdir()
    (tmp_path / "snapshots" / "film_kept.sql").write_text(SNAPSHOT)
    (tmp_path / "macros").mkdir()
    (tmp_path / "macros" / "sized.sql").write_text(SIZED)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "sources.yml").write_text(SOURCES)
    (tmp_path / "dbt_project.yml").write_text("name: kept\nversion: 1.0.0\nprofile: box_office\n")
    settings = {"HOST": "127.0.0.1", "PORT": str(redshift_port), "USER": "warehouse", "PASSWORD": "any", "DATABASE": database}
    for name, value in settings.items():
        monkeypatch.setenv(f"WAREHOUSE_{name}", value)
    monkeypatch.setenv("DO_NOT_TRACK", "1")

    def run() -> dict[str, str]:
        place = [f"--project-dir={tmp_path}", f"--profiles-dir={PROJECT}", "--target=redshift", "--quiet"]
        done = dbtRunner().invoke(["snapshot", *place])
        assert not done.exception, done.exception
        return {
            each.node.name: f"{each.status} {each.message if each.status != 'success' else ''}".strip() for each in done.result
        }

    return run


def test_a_snapshot_keeps_each_version_of_a_row(
    snapshot: Callable[[], dict[str, str]], run: Callable[..., list[list[Any]]]
) -> None:
    run("create schema seen")
    run("create table seen.film (movie_cd varchar(64), movie_nm varchar(1024)) diststyle all")
    run("insert into seen.film values ('20240001', '가제'), ('20240002', '파묘')")
    assert snapshot() == {"film_kept": "success"}
    run("update seen.film set movie_nm = '서울의 봄' where movie_cd = '20240001'")
    run("delete from seen.film where movie_cd = '20240002'")
    assert snapshot() == {"film_kept": "success"}
    assert snapshot() == {"film_kept": "success"}
    kept = "select movie_cd, movie_nm, dbt_valid_to is null from kept.film_kept order by movie_cd, dbt_valid_from"
    assert run(kept) == [["20240001", "가제", False], ["20240001", "서울의 봄", True], ["20240002", "파묘", False]]

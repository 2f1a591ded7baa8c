"""The SQL text for Redshift, against the rules of its guide; tests/redshift runs it."""

import json
import re

import pytest

from include.kofic.errors import BadSetting
from include.kofic.lake import Lake, LakeObject
from include.kofic.secret import Secret
from include.kofic.tables import DAILY_BOX_OFFICE, LOAD_AUDIT, RAW_TABLES
from include.kofic.warehouse.redshift import RedshiftSettings, copy_statements, create_statement, manifest_text

ROLE = "arn:aws:iam::123456789012:role/box-office-copy"


def test_copy_fills_the_files_columns_in_its_order_with_the_types_that_parquet_fills():
    names = DAILY_BOX_OFFICE.schema.names
    made, copy, insert, drop = copy_statements(DAILY_BOX_OFFICE, names, "s3://bucket/manifests/a.json", ROLE)
    assert re.findall(r'"(\w+)" (?:varchar|bigint|date|decimal|boolean|timestamp\b)', made) == names
    assert "timestamptz" not in made
    assert copy == (
        f"copy \"copied_daily_box_office\" from 's3://bucket/manifests/a.json' iam_role '{ROLE}' format as parquet manifest"
    )
    assert re.search(r"\((.*?)\)", insert).group(1).replace('"', "").split(", ") == names
    assert "\"captured_at\" at time zone 'UTC'" in insert
    assert drop == 'drop table "copied_daily_box_office"'


@pytest.mark.parametrize("word", ["region", "access_key", "secret", "credentials", "maxerror"])
def test_copy_holds_no_key_and_nothing_that_a_columnar_copy_refuses(word):
    _, copy, *_ = copy_statements(DAILY_BOX_OFFICE, DAILY_BOX_OFFICE.schema.names, "s3://b/m", ROLE)
    assert word not in copy.lower()


def test_a_manifest_gives_each_objects_size_and_demands_it():
    objects = [LakeObject("raw/movie/captured_on=2024-07-01/a.parquet", 3, 4711)]
    (entry,) = json.loads(manifest_text(Lake(None, "bucket"), objects))["entries"]
    assert entry == {
        "url": "s3://bucket/raw/movie/captured_on=2024-07-01/a.parquet",
        "mandatory": True,
        "meta": {"content_length": 4711},
    }


@pytest.mark.parametrize("table", [*RAW_TABLES, LOAD_AUDIT], ids=lambda table: table.name)
def test_every_string_has_a_width_and_the_order_is_the_parquet_files(table):
    ddl = create_statement(table)
    assert re.findall(r'"(\w+)" (?:varchar|bigint|date|decimal|boolean|timestamptz)', ddl) == table.schema.names
    assert "text" not in re.findall(r"\b[a-z]+\b", ddl)
    assert all(int(width) <= 65_535 for width in re.findall(r"varchar\((\d+)\)", ddl))


@pytest.mark.parametrize("role", ["", "AKIAEXAMPLE", "arn:aws:iam::1:role/x' access_key_id 'y"])
def test_a_warehouse_without_a_proper_role_is_refused_before_any_work(role):
    with pytest.raises(BadSetting, match="copy_role_arn"):
        RedshiftSettings("host", 5439, "db", "user", role, Secret("x"))

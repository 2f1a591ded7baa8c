"""Airflow's own hook and operator for Redshift, as they come."""

import json

import pyarrow as pa
import pytest
import redshift_connector
from airflow.providers.amazon.aws.hooks.redshift_sql import RedshiftSQLHook
from airflow.providers.amazon.aws.transfers.s3_to_redshift import S3ToRedshiftOperator

from include.kofic.lake import Lake
from tests.redshift.loads import ROLE
from tests.redshift.test_copy import put


@pytest.fixture
def connections(redshift_port: int, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place = {"conn_type": "redshift", "host": "127.0.0.1", "port": redshift_port, "schema": database, "login": "warehouse"}
    warehouse = {**place, "password": "any", "extra": {"sslmode": "verify-full"}}
    monkeypatch.setenv("AIRFLOW_CONN_REDSHIFT_DEFAULT", json.dumps(warehouse))
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", json.dumps({"conn_type": "aws", "extra": {"role_arn": ROLE}}))
    monkeypatch.setenv(
        "AIRFLOW_CONN_AWS_WITH_REGION", json.dumps({"conn_type": "aws", "extra": {"role_arn": ROLE, "region": "ap-northeast-2"}})
    )


def operator(lake: Lake, method: str, connection: str = "aws_default") -> S3ToRedshiftOperator:
    return S3ToRedshiftOperator(
        task_id="copy",
        s3_bucket=lake.bucket,
        s3_key="data/",
        schema="s",
        table="t",
        aws_conn_id=connection,
        copy_options=["format as parquet"],
        method=method,
        upsert_keys=["a"],
    )


def test_the_hook_and_the_operator_run(connections: None, lake: Lake) -> None:
    hook = RedshiftSQLHook()
    hook.run(["create schema s", "create table s.t (a bigint, b varchar(9))", "insert into s.t values (1, 'old')"])
    put(lake, "data/a.parquet", pa.table({"x": pa.array([1, 2], pa.int64()), "y": ["new", "가나다"]}))
    operator(lake, "UPSERT").execute({})
    assert [tuple(row) for row in hook.get_records("select a, b from s.t order by a")] == [(1, "new"), (2, "가나다")]
    operator(lake, "APPEND").execute({})
    assert [tuple(row) for row in hook.get_records("select count(*) from s.t")] == [(4,)]
    operator(lake, "REPLACE").execute({})
    assert [tuple(row) for row in hook.get_records("select count(*) from s.t")] == [(2,)]


def test_a_connection_with_the_extra_region_makes_a_copy_that_is_refused(connections: None, lake: Lake) -> None:
    RedshiftSQLHook().run(["create schema s", "create table s.t (a bigint)"])
    put(lake, "data/a.parquet", pa.table({"a": pa.array([1], pa.int64())}))
    with pytest.raises(redshift_connector.ProgrammingError, match="REGION"):
        operator(lake, "APPEND", "aws_with_region").execute({})

"""How the pipeline and dbt log in, from the Airflow connection alone: a password, or credentials that AWS gives for minutes."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from dbt.cli.main import dbtRunner
from moto import mock_aws

from include.kofic.errors import BadSetting
from include.kofic.tables import MOVIE
from include.kofic.warehouse.redshift import RedshiftWarehouse
from include.pipeline import settings
from include.pipeline.profile import WarehouseProfileMapping
from tests.dbt.warehouse import PROJECT
from tests.redshift.loads import ROLE

IAM = {"iam": True, "region": "ap-northeast-2", "cluster_identifier": "box-office"}


@pytest.fixture
def connection(redshift_port: int, database: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets the Airflow connection `warehouse`."""

    def given(**extra: Any) -> None:
        place = {"conn_type": "redshift", "host": "127.0.0.1", "port": redshift_port, "schema": database, "login": "warehouse"}
        password = {} if extra.get("iam") else {"password": "sesame"}
        made = {**place, **password, "extra": {"copy_role_arn": ROLE, **extra}}
        monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", json.dumps(made))
        monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", json.dumps({"conn_type": "aws", "login": "any", "password": "any"}))

    return given


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """AWS as moto plays it, with the cluster `box-office`."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-northeast-2")
    with mock_aws():
        boto3.client("redshift").create_cluster(
            ClusterIdentifier="box-office", NodeType="ra3.large", MasterUsername="owner", MasterUserPassword="Any-password-1"
        )
        yield


def dbt_debug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """dbt's own check of the connection, with the profile that Cosmos would write; returns the profile."""
    mapping = WarehouseProfileMapping(conn_id="warehouse", profile_args={"schema": "analytics", "threads": 2})
    for name, value in mapping.env_vars.items():
        monkeypatch.setenv(name, value)
    profile = {"box_office": {"target": "warehouse", "outputs": {"warehouse": mapping.profile}}}
    (tmp_path / "profiles.yml").write_text(yaml.safe_dump(profile))
    paths = [f"--project-dir={PROJECT}", f"--profiles-dir={tmp_path}", f"--log-path={tmp_path}"]
    done = dbtRunner().invoke(["debug", "--connection", *paths])
    assert done.success, done.exception
    return mapping.profile


def test_a_password(connection: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connection()
    warehouse = settings.warehouse()
    warehouse.ensure_tables([MOVIE])
    assert isinstance(warehouse, RedshiftWarehouse)
    profile = dbt_debug(tmp_path, monkeypatch)
    assert profile["sslmode"] == "verify-full"
    assert "sesame" not in (tmp_path / "profiles.yml").read_text()
    assert "sesame" not in repr(warehouse)


def test_temporary_credentials(
    connection: Callable[..., None], aws: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Callable[..., Any]
) -> None:
    connection(**IAM)
    settings.warehouse().ensure_tables([MOVIE])
    assert run("select count(*) from raw_data.movie") == [[0]]
    profile = dbt_debug(tmp_path, monkeypatch)
    assert profile["method"] == "iam"
    assert "password" not in profile


def test_temporary_credentials_of_a_cluster_that_is_not_there(connection: Callable[..., None], aws: None) -> None:
    connection(**IAM | {"cluster_identifier": "another"})
    with pytest.raises(Exception, match="(?i)cluster"):
        settings.warehouse().ensure_tables([MOVIE])


@pytest.mark.parametrize(
    "extra",
    [{"region": ""}, {"cluster_identifier": None}, {"serverless_work_group": "two of them"}],
    ids=["no region", "nothing to log in to", "both"],
)
def test_half_a_setting_is_refused_before_any_call(connection: Callable[..., None], extra: dict[str, Any]) -> None:
    connection(**IAM | extra)
    with pytest.raises(BadSetting, match="Remedy"):
        settings.warehouse()


def test_a_workgroup_is_asked_for_as_one(connection: Callable[..., None]) -> None:
    connection(iam=True, region="ap-northeast-2", serverless_work_group="box-office")
    warehouse = settings.warehouse()
    assert isinstance(warehouse, RedshiftWarehouse)
    asked = warehouse.settings.connection()
    assert (asked["is_serverless"], asked["serverless_work_group"]) == (True, "box-office")
    assert "password" not in asked
    profile = WarehouseProfileMapping(conn_id="warehouse", profile_args={}).profile
    assert (profile["is_serverless"], profile["serverless_work_group"]) == (True, "box-office")

"""The secrets as the template makes them are what Airflow's backend reads, and what the pipeline needs."""

import json

import boto3
import pytest
from airflow.providers.amazon.aws.secrets.secrets_manager import SecretsManagerBackend
from moto import mock_aws

from include.pipeline import settings
from tests.aws.template import COPY_ROLE, STACK, secrets, template

REGION = "ap-northeast-2"
HOST = f"{STACK}.123456789012.{REGION}.redshift-serverless.amazonaws.com"
PASSWORDS = {"kofic": "0123456789abcdef0123456789abcdef", "warehouse": "Generated32"}


@pytest.fixture
def _connections(monkeypatch):
    """Each connection of the stack, read by Airflow's backend, given to Airflow in its own form."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        store = boto3.client("secretsmanager", REGION)
        for name, value in secrets(template(), HOST, **PASSWORDS).items():
            store.create_secret(Name=name, SecretString=value)
        backend = SecretsManagerBackend(
            connections_prefix=f"{STACK}/connections", variables_prefix=None, config_prefix=None, region_name=REGION
        )
        for name in (settings.KOFIC_CONNECTION, settings.AWS_CONNECTION, settings.WAREHOUSE_CONNECTION):
            value = backend.get_conn_value(name)
            assert value is not None, f"the stack has no secret for the connection {name}"
            monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", value)
        yield


@pytest.mark.usefixtures("_connections")
def test_the_pipeline_finds_its_connections():
    client = settings.client_settings()
    assert (client.base_url, client.key.reveal()) == ("https://www.kobis.or.kr", PASSWORDS["kofic"])
    place = settings.warehouse().settings
    assert (place.host, place.port, place.database, place.user) == (HOST, 5439, "warehouse", "pipeline")
    assert place.connection()["password"] == PASSWORDS["warehouse"]
    assert place.copy_role_arn == COPY_ROLE
    assert settings.lake().client.meta.region_name == REGION


@pytest.mark.parametrize(("kind", "named"), [("Serverless", "serverless_work_group"), ("Provisioned", "cluster_identifier")])
def test_with_iam_the_secret_says_whose_credentials_to_ask_for(kind, named):
    made = secrets(template(), HOST, frozenset({kind, "IamLogin"}), **PASSWORDS)
    extra = json.loads(made[f"{STACK}/connections/warehouse"])["extra"]
    assert extra == {"copy_role_arn": COPY_ROLE, "iam": True, "region": REGION, named: STACK}


def test_the_password_is_the_only_part_that_is_generated():
    """`put-secret-value` in the runbook writes the whole JSON: no part of it may be unknown to a person."""
    made = {name.rpartition("/")[2]: json.loads(value) for name, value in secrets(template(), HOST, **PASSWORDS).items()}
    assert made["kofic"] == {"conn_type": "http", "host": "https://www.kobis.or.kr", "password": PASSWORDS["kofic"]}
    assert set(made["warehouse"]) == {"conn_type", "host", "port", "schema", "login", "password", "extra"}
    assert made["aws_default"] == {"conn_type": "aws", "extra": {"region_name": REGION}}

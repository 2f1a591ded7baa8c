"""What the pipeline reads from Airflow: four connections and three variables. The one place that reads credentials.

`kofic` (http): host, and the key as its password; extra: calls_per_second, concurrency, attempts, connect_timeout,
read_timeout, reply_timeout, longest_pause, max_bytes, ca_file, proxy. `aws_default` (aws): as the amazon provider
reads it. `warehouse` (postgres or redshift): host, port, schema (the database), login, password; for redshift the extra
`copy_role_arn`, and for temporary credentials instead of a password the extras `iam`, `region`, and `cluster_identifier`
or `serverless_work_group`, named as in Airflow's Redshift hook. `superset` (http), which may be absent: host, login, password.
"""

from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any

from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook
from airflow.sdk import Connection, Variable
from airflow.sdk.exceptions import AirflowNotFoundException
from annotated_types import Interval
from pydantic import TypeAdapter, ValidationError

from include.kofic.client import KOFIC_URL, ClientSettings
from include.kofic.errors import BadSetting, printable
from include.kofic.filters import DEFAULT_FILTER_SETS, FilterSet
from include.kofic.lake import Lake
from include.kofic.secret import Secret
from include.kofic.warehouse.base import Warehouse
from include.kofic.warehouse.postgres import PostgresSettings, PostgresWarehouse
from include.pipeline.superset import SupersetSettings

if TYPE_CHECKING:
    from include.kofic.warehouse.redshift import TemporaryCredentials

KOFIC_CONNECTION = "kofic"
AWS_CONNECTION = "aws_default"
WAREHOUSE_CONNECTION = "warehouse"
SUPERSET_CONNECTION = "superset"

BUCKET_VARIABLE = "box_office_bucket"
FILTER_SETS_VARIABLE = "box_office_filter_sets"
BAD_SHARE_VARIABLE = "box_office_bad_share"

DEFAULT_BUCKET = "airflow-project3"
DEFAULT_BAD_SHARE = 0.25

_EXTRA_FIELDS = {each.name for each in fields(ClientSettings)} - {"key", "base_url", "proxy"}


def client_settings() -> ClientSettings:
    """How to call the API, from the connection `kofic`.

    Raises:
        BadSetting: no key, an extra that is not a number, or an invalid proxy.
    """
    connection = Connection.get(KOFIC_CONNECTION)
    extra = {name: value for name, value in connection.extra_dejson.items() if value not in (None, "")}
    values = {
        "key": Secret(connection.password or ""),
        "base_url": _base_url(connection, KOFIC_URL),
        "proxy": Secret(str(extra["proxy"])) if "proxy" in extra else None,
        **{name: extra[name] for name in _EXTRA_FIELDS & extra.keys()},
    }
    try:
        return TypeAdapter(ClientSettings).validate_python(values)
    except ValidationError as error:
        # Without its input, which may be a secret.
        found = error.errors(include_input=False)[0]
        raise BadSetting(
            f"`{found['loc'][0]}` in the extra of the connection `{KOFIC_CONNECTION}` is invalid: {found['msg']}. "
            "Remedy: correct it there."
        ) from None


def _base_url(connection: Any, default: str) -> str:
    host = connection.host or default
    if "://" not in host:
        host = f"{connection.schema or 'https'}://{host}"
    return f"{host}:{connection.port}" if connection.port else host


def superset() -> SupersetSettings | None:
    """The Superset that shows the tables, from the connection `superset`; None without one.

    Raises:
        BadSetting: the connection names no host.
    """
    try:
        connection = Connection.get(SUPERSET_CONNECTION)
    except AirflowNotFoundException:
        return None
    if not connection.host:
        raise BadSetting(
            f"the connection `{SUPERSET_CONNECTION}` has no host. Remedy: http://host:8088, or delete the connection."
        )
    return SupersetSettings(_base_url(connection, ""), connection.login or "", Secret(connection.password or ""))


def filter_sets() -> tuple[str, ...]:
    """The filter sets of each day, from the variable `box_office_filter_sets` (comma between them).

    Raises:
        BadSetting: one of them is not a filter set.
    """
    texts = str(Variable.get(FILTER_SETS_VARIABLE, default=",".join(DEFAULT_FILTER_SETS))).split(",")
    names = tuple(dict.fromkeys(text.strip() for text in texts if text.strip()))
    if not names:
        raise BadSetting(f"the variable `{FILTER_SETS_VARIABLE}` is empty. Remedy: delete it, or write ALL,K,F,Y,N into it.")
    for name in names:
        FilterSet.parse(name)
    return names


def bad_share() -> float:
    """The share of box-office replies, 0 to 1, that may be bad without the run failing: the variable `box_office_bad_share`.

    Raises:
        BadSetting: it is not such a number.
    """
    found = Variable.get(BAD_SHARE_VARIABLE, default=DEFAULT_BAD_SHARE)
    try:
        return TypeAdapter(Annotated[float, Interval(ge=0, le=1)]).validate_python(found)
    except ValidationError:
        raise BadSetting(
            f"the variable `{BAD_SHARE_VARIABLE}` is '{printable(str(found), 40)}'. Remedy: a number from 0 (no reply may be "
            f"bad) to 1 (all may); without the variable it is {DEFAULT_BAD_SHARE}."
        ) from None


def lake() -> Lake:
    """The bucket of the variable `box_office_bucket`, reached as the connection `aws_default` says."""
    hook = AwsBaseHook(aws_conn_id=AWS_CONNECTION, client_type="s3")
    return Lake(hook.get_conn(), str(Variable.get(BUCKET_VARIABLE, default=DEFAULT_BUCKET)))


def warehouse() -> Warehouse:
    """The warehouse of the connection `warehouse`.

    Raises:
        BadSetting: the connection is of neither type that the pipeline knows.
    """
    connection = Connection.get(WAREHOUSE_CONNECTION)
    place: dict[str, Any] = {
        "host": connection.host or "",
        "database": connection.schema or "",
        "user": connection.login or "",
    }
    if connection.conn_type == "postgres":
        password = Secret(connection.password or "")
        return PostgresWarehouse(PostgresSettings(**place, port=connection.port or 5432, password=password), lake())
    if connection.conn_type == "redshift":
        # Imported where it is used: the connector costs memory that a PostgreSQL stack has no use for.
        from include.kofic.warehouse.redshift import RedshiftSettings, RedshiftWarehouse

        role = str(connection.extra_dejson.get("copy_role_arn", ""))
        login = temporary_credentials(connection) or Secret(connection.password or "")
        return RedshiftWarehouse(RedshiftSettings(**place, port=connection.port or 5439, copy_role_arn=role, login=login), lake())
    raise BadSetting(f"the connection `{WAREHOUSE_CONNECTION}` is of type {connection.conn_type}. Remedy: postgres or redshift.")


def temporary_credentials(connection: Any) -> "TemporaryCredentials | None":
    """Where the connection's temporary credentials come from; None if it has a password.

    Raises:
        BadSetting: the extra says `iam`, and not of which cluster or workgroup.
    """
    from include.kofic.warehouse.redshift import TemporaryCredentials

    extra = connection.extra_dejson
    if str(extra.get("iam", "")).lower() != "true":
        return None
    return TemporaryCredentials(
        region=str(extra.get("region", "")),
        cluster=extra.get("cluster_identifier"),
        workgroup=extra.get("serverless_work_group"),
    )

"""dbt's profile from the Airflow connection `warehouse`: PostgreSQL, Redshift with a password, Redshift with IAM.

Cosmos has mappings for the first two and none for the third (astronomer-cosmos#44), and its Redshift mapping says nothing
of TLS, keep-alive and retries.
"""

from typing import Any

from cosmos.profiles import PostgresUserPasswordProfileMapping, RedshiftUserPasswordProfileMapping
from cosmos.profiles.base import BaseProfileMapping

from include.kofic.warehouse.base import KEEP_ALIVE
from include.pipeline.settings import temporary_credentials

REDSHIFT_SESSION: dict[str, Any] = {
    "sslmode": "verify-full",
    "connect_timeout": 30,
    **KEEP_ALIVE,
    # Of the connection, and of a statement that met a table being replaced. Not `retry_all`: it would repeat a statement
    # on a new connection, outside the transaction that it belonged to. A model that meets error 1023 is run again whole, by
    # Airflow.
    "retries": 3,
}


class WarehouseProfileMapping(PostgresUserPasswordProfileMapping):  # type: ignore[misc]
    """The profile of the connection's type.

    The type is read when a task runs. Parsing must not need a connection (Astro applies airflow_settings.yaml after
    the first parse), and gets PostgreSQL's mock profile: the graph is the same for both.
    """

    @property
    def _engine(self) -> BaseProfileMapping:
        if self.conn.conn_type == "redshift":
            return RedshiftUserPasswordProfileMapping(self.conn_id, {**self.profile_args, **REDSHIFT_SESSION})
        return PostgresUserPasswordProfileMapping(self.conn_id, self.profile_args)

    @property
    def profile(self) -> dict[str, Any]:
        """dbt's profile; a password stands in it as the name of an environment variable."""
        if self.conn.conn_type == "redshift" and (credentials := temporary_credentials(self.conn)):
            named = {"cluster_id": credentials.cluster, "serverless_work_group": credentials.workgroup}
            return {
                "type": "redshift",
                "method": "iam",
                "host": self.conn.host,
                "port": self.conn.port or 5439,
                "dbname": self.conn.schema,
                "user": self.conn.login,
                "region": credentials.region,
                "is_serverless": credentials.workgroup is not None,
                **{name: value for name, value in named.items() if value},
                **self.profile_args,
                **REDSHIFT_SESSION,
            }
        profile: dict[str, Any] = self._engine.profile
        return profile

    @property
    def env_vars(self) -> dict[str, str]:
        """The environment variables that the profile names."""
        if self.conn.conn_type == "redshift" and temporary_credentials(self.conn):
            return {}
        variables: dict[str, str] = self._engine.env_vars
        return variables

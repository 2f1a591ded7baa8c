"""The dbt project as Airflow tasks: a task per model, its tests a task after it, read from the project itself."""

from pathlib import Path
from typing import Any

from cosmos import DbtTaskGroup, ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
from cosmos.constants import ExecutionMode, InvocationMode, LoadMode, SourceRenderingBehavior, TestBehavior
from cosmos.profiles import PostgresUserPasswordProfileMapping, RedshiftUserPasswordProfileMapping
from cosmos.profiles.base import BaseProfileMapping, DbtProfileConfigVars

from include.pipeline.settings import WAREHOUSE_CONNECTION
from include.pipeline.tasks import PASSING

DBT_PROJECT = Path(__file__).parent.parent / "dbt"

_ENGINES: dict[str, type[BaseProfileMapping]] = {
    "postgres": PostgresUserPasswordProfileMapping,
    "redshift": RedshiftUserPasswordProfileMapping,
}


class WarehouseProfileMapping(PostgresUserPasswordProfileMapping):  # type: ignore[misc]
    """dbt's profile from the connection `warehouse`, PostgreSQL or Redshift by the connection's type.

    The type is read when a task runs. Parsing must not need a connection (Astro applies airflow_settings.yaml after
    the first parse), and gets PostgreSQL's mock profile: the graph is the same for both.
    """

    @property
    def _engine(self) -> BaseProfileMapping:
        return _ENGINES[self.conn.conn_type](self.conn_id, self.profile_args)

    @property
    def profile(self) -> dict[str, Any]:
        """dbt's profile; the password stands in it as the name of an environment variable."""
        profile: dict[str, Any] = self._engine.profile
        return profile

    @property
    def env_vars(self) -> dict[str, str]:
        """The environment variables that the profile names."""
        variables: dict[str, str] = self._engine.env_vars
        return variables


def transform() -> DbtTaskGroup:
    """The group of dbt's tasks: sources with freshness, seeds, models, tests. Follows the project without a command."""
    return DbtTaskGroup(
        group_id="transform",
        project_config=ProjectConfig(dbt_project_path=DBT_PROJECT, install_dbt_deps=False),
        profile_config=ProfileConfig(
            profile_name="box_office",
            target_name="warehouse",
            profile_mapping=WarehouseProfileMapping(
                conn_id=WAREHOUSE_CONNECTION,
                profile_args={"schema": "analytics", "threads": 2},
                dbt_config_vars=DbtProfileConfigVars(send_anonymous_usage_stats=False),
            ),
        ),
        execution_config=ExecutionConfig(execution_mode=ExecutionMode.LOCAL, invocation_mode=InvocationMode.DBT_RUNNER),
        render_config=RenderConfig(
            load_method=LoadMode.DBT_LS,
            # They run with the data tests of their model; as nodes of their own Cosmos has no task for them.
            exclude=["resource_type:unit_test"],
            invocation_mode=InvocationMode.DBT_RUNNER,
            test_behavior=TestBehavior.AFTER_EACH,
            source_rendering_behavior=SourceRenderingBehavior.WITH_TESTS_OR_FRESHNESS,
            should_detach_multiple_parents_tests=True,
            emit_datasets=False,
            # A model without an owner of its own would get the name of the dbt package.
            enable_owner_inheritance=False,
        ),
        # Two runs in one model at once would meet each other's transactions (Redshift error 1023).
        default_args={**PASSING, "max_active_tis_per_dag": 1},
    )

"""The dbt project as Airflow tasks: a task per model, its tests a task after it, read from the project itself."""

from pathlib import Path

from cosmos import DbtTaskGroup, ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
from cosmos.constants import ExecutionMode, InvocationMode, LoadMode, SourceRenderingBehavior, TestBehavior
from cosmos.profiles.base import DbtProfileConfigVars

from include.pipeline import warm_manifest
from include.pipeline.profile import WarehouseProfileMapping
from include.pipeline.settings import WAREHOUSE_CONNECTION
from include.pipeline.tasks import PASSING

warm_manifest.install()

DBT_PROJECT = Path(__file__).parent.parent / "dbt"


def transform() -> DbtTaskGroup:
    """The group of dbt's tasks: sources with freshness, seeds, models, tests. Follows the project without a command.

    The DAG has a boolean param `full_refresh`.
    """
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
        operator_args={
            "full_refresh": "{{ params.full_refresh }}",
            # A manifest of 4 MB and the results, which nobody reads, would be written by each task.
            "dbt_cmd_global_flags": ["--no-write-json"],
        },
        # Two runs in one model at once would meet each other's transactions (Redshift error 1023).
        default_args={**PASSING, "max_active_tis_per_dag": 1},
    )

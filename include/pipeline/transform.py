"""The dbt project as Airflow tasks: a task per model, its tests a task after it, read from the project itself."""

import re
from pathlib import Path

from airflow.sdk import RetryDecision, RetryPolicy
from cosmos import DbtTaskGroup, ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
from cosmos.constants import ExecutionMode, InvocationMode, LoadMode, SourceRenderingBehavior, TestBehavior
from cosmos.profiles.base import DbtProfileConfigVars

from include.pipeline import warm_manifest
from include.pipeline.profile import WarehouseProfileMapping
from include.pipeline.settings import WAREHOUSE_CONNECTION
from include.pipeline.tasks import RETRIED

warm_manifest.install()

DBT_PROJECT = Path(__file__).parent.parent / "dbt"


class FailedTestIsFinal(RetryPolicy):
    """A data test that found rows finds them again; whatever else ends a dbt task (a kill, a lost connection) is tried again."""

    def evaluate(self, exception: BaseException, try_number: int, max_tries: int, context: object = None) -> RetryDecision:
        """No retry after dbt 1.11's message for a failing test (dbt/task/test.py): "Got 3 results, configured to fail"."""
        if re.search(r"Got \d+ results?, configured to fail", str(exception)):
            return RetryDecision.fail("the data breaks a rule, and would break it again")
        return RetryDecision.default()


def transform() -> DbtTaskGroup:
    """The group of dbt's tasks: sources with freshness, seeds, models, tests. Follows the project without a command.

    The DAG has a boolean param `full_refresh`.
    """
    return DbtTaskGroup(
        group_id="transform",
        # A task takes the whole manifest (warm_manifest): copying dbt's partial one to it and back would be work for nothing.
        project_config=ProjectConfig(dbt_project_path=DBT_PROJECT, install_dbt_deps=False, partial_parse=False),
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
            # Unit tests say nothing of a day's data, and run where code is tested (docs.getdbt.com/docs/build/unit-tests);
            # Cosmos has no task for an exposure.
            exclude=["resource_type:unit_test", "resource_type:exposure"],
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
            # What a task would write and nobody reads: a manifest of 4 MB, the results, a second log. And each would list the
            # relations of every schema, where a model needs its own.
            "dbt_cmd_global_flags": ["--no-write-json", "--log-level-file=none", "--no-populate-cache"],
        },
        # Concurrent runs of one model would conflict (Redshift error 1023).
        default_args={**RETRIED, "max_active_tis_per_dag": 1, "retry_policy": FailedTestIsFinal()},
    )

"""The same pipeline with its dbt project as Cosmos's documentation sets one up: LOCAL, a dbt process in each task, `dbt ls`."""

from pathlib import Path

from airflow.sdk import DAG, Param
from cosmos import DbtTaskGroup, ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
from cosmos.constants import ExecutionMode, InvocationMode, LoadMode
from cosmos.profiles import PostgresUserPasswordProfileMapping

from include.pipeline.tasks import check_replies, extract_box_office, extract_films, extract_weeks, load, plan, publish

PROJECT = Path(__file__).resolve().parents[2] / "include" / "dbt"

with DAG(
    "by_docs",
    schedule=None,
    params={"start_date": Param(None, type=["null", "string"]), "end_date": Param(None, type=["null", "string"])},
):
    pieces = plan()
    box_office = extract_box_office.expand(chunk=pieces)
    films = extract_films(pieces, box_office)
    loaded = load(box_office, films, extract_weeks(pieces, films))
    check_replies(loaded)
    models = DbtTaskGroup(
        group_id="transform",
        project_config=ProjectConfig(PROJECT),
        profile_config=ProfileConfig(
            profile_name="box_office",
            target_name="warehouse",
            profile_mapping=PostgresUserPasswordProfileMapping(
                conn_id="warehouse", profile_args={"schema": "analytics", "threads": 2}
            ),
        ),
        execution_config=ExecutionConfig(execution_mode=ExecutionMode.LOCAL, invocation_mode=InvocationMode.SUBPROCESS),
        render_config=RenderConfig(
            load_method=LoadMode.DBT_LS,
            exclude=["resource_type:unit_test", "resource_type:exposure"],
            # Without it a test of two tables would run before the second is built.
            should_detach_multiple_parents_tests=True,
        ),
    )
    loaded >> models >> publish(loaded)

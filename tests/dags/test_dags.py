"""The bag holds exactly the DAGs that it should, and the graph of each is the one that was looked at."""

import os
from pathlib import Path

import pytest

GOLDEN = Path(__file__).with_name("graph.txt")
DAILY = "box_office_daily"


@pytest.fixture(scope="module")
def tasks(bag):
    return bag["dags"][DAILY]["tasks"]


def _graph(tasks):
    return "".join(f"{name} -> {', '.join(task['downstream']) or '.'}\n" for name, task in sorted(tasks.items()))


def _after(tasks, start):
    seen, waiting = set(), [start]
    while waiting:
        for name in tasks[waiting.pop()]["downstream"]:
            if name not in seen:
                seen.add(name)
                waiting.append(name)
    return seen


def test_the_bag_holds_exactly_the_expected_dags(bag):
    assert bag["errors"] == {}
    assert set(bag["dags"]) == {DAILY}


def test_the_dags_parse_before_there_is_any_connection(bag, bare):
    """The Astro CLI applies airflow_settings.yaml when Airflow is up, and the DAG processor does not wait for it."""
    assert not [name for name in bare if name.startswith(("AIRFLOW_CONN_", "AIRFLOW_VAR_", "AIRFLOW__DATABASE"))]
    assert bag["errors"] == {}


def test_the_graph_is_the_one_that_was_looked_at(tasks):
    """`GOLDEN=write make test` writes it anew; look at the difference before it is committed."""
    if os.environ.get("GOLDEN") == "write":
        GOLDEN.write_text(_graph(tasks))
    assert _graph(tasks) == GOLDEN.read_text()


def test_every_model_is_a_task_with_its_tests_after_it_downstream_of_ingestion(tasks, project):
    models = {file.stem for file in (project / "include/dbt/models").rglob("*.sql")}
    after_load = _after(tasks, "load")
    for model in models:
        run, test = f"transform.{model}.run", f"transform.{model}.test"
        assert run in after_load, f"{model} is no task downstream of load"
        assert test in tasks[run]["downstream"], f"the tests of {model} are no task after it"
    assert {"extract_box_office", "extract_films", "load"} <= _after(tasks, "plan")
    assert "publish" in after_load


def test_nothing_is_published_before_everything_else_is_done(tasks):
    for name in set(tasks) - {"publish", "check_replies"}:
        assert "publish" in _after(tasks, name), f"publish does not wait for {name}"


def test_faulty_replies_are_reported_when_all_is_loaded_and_block_nothing(tasks):
    assert "check_replies" in tasks["load"]["downstream"]
    assert tasks["check_replies"]["downstream"] == []
    assert tasks["check_replies"]["retries"] == 0


def test_sources_with_freshness_and_tests_of_several_parents_are_tasks(tasks):
    sources = {name for name in tasks if name.endswith("_source")}
    assert sources == {f"transform.kofic_{table}_source" for table in ("daily_box_office", "api_call", "load_audit")}
    assert [name for name in tasks if name.startswith("transform.relationships_")], "a relationship has two parents"


def test_what_can_pass_is_retried_with_growing_pauses(tasks):
    for name, task in tasks.items():
        if name in {"plan", "publish", "check_replies"}:
            continue
        assert task["retries"] >= 2, name
        assert task["backoff"] == 2.0, name
    assert tasks["plan"]["retries"] == 0


def test_the_api_is_asked_by_one_task_at_a_time(tasks):
    asking = {name for name, task in tasks.items() if task["pool"] == "kofic_api"}
    assert asking == {"extract_box_office", "extract_films", "extract_weeks"}


def test_each_task_has_an_owner_and_a_limit_and_stages_a_name_a_person_understands(tasks):
    assert all(task["owner"] not in {"", "airflow"} for task in tasks.values())
    assert all(task["timeout"] for task in tasks.values())
    for stage in ("plan", "extract_box_office", "extract_films", "load", "check_replies", "publish"):
        assert tasks[stage]["shown"] != stage


def test_the_dag_itself(bag):
    dag = bag["dags"][DAILY]
    assert (dag["schedule"], dag["timezone"], dag["catchup"]) == ("30 10 * * *", "Asia/Seoul", False)
    assert dag["max_active_runs"] == 1
    assert "## When something is red" in dag["doc"]
    assert dag["tags"]
    assert set(dag["params"]) == {"start_date", "end_date", "full_refresh"}


def test_a_new_model_shows_without_an_extra_command(project, read_bag, tasks):
    model = project / "include/dbt/models/staging/stg_kofic__brand_new.sql"
    model.write_text("select movie_cd from {{ ref('stg_kofic__movie') }}\n")
    try:
        shown = read_bag()["dags"][DAILY]["tasks"]
    finally:
        model.unlink()
    (new,) = set(shown) - set(tasks)
    assert new.startswith("transform.stg_kofic__brand_new")
    assert new in _after(shown, "transform.stg_kofic__movie.run")

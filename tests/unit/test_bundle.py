"""The dashboards' files, without a Superset: they agree with the marts, with dbt's exposures, and with each other."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.state import ROOT, StackError
from local.superset import bundle
from tests.redshift.dialect.check import findings

MARTS = ROOT / "include" / "dbt" / "models" / "marts"
FILES = bundle.read()
PARSED = bundle.parsed(FILES)
DATASETS = {each["table_name"]: each for place, each in PARSED.items() if place.startswith("datasets/")}
DASHBOARDS = {each["slug"]: each for place, each in PARSED.items() if place.startswith("dashboards/")}
CHARTS = {each["uuid"]: each for place, each in PARSED.items() if place.startswith("charts/")}

DATASET_OF = {
    Path(place).stem: next(each for each in DATASETS.values() if each["uuid"] == chart["dataset_uuid"])
    for place, chart in PARSED.items()
    if place.startswith("charts/")
}
NAMED_CHARTS = {Path(place).stem: each for place, each in PARSED.items() if place.startswith("charts/")}
UNKNOWN = {"company_nm": ("company_nm", "미상"), "genre_nm": ("genre_nm", "장르 없음"), "person_nm": None}
"""By a column: what stands in it for the unknown. A person without a name has no row."""
NO_NUMBERS = ("observation", "opened", "running")
"""Metrics that are a word or a day, so that a table shows them behind its figures."""


def _mart(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((MARTS / f"{name}.yml").read_text(encoding="utf-8"))["models"][0])


def _marts_of(dataset: dict[str, Any]) -> set[str]:
    return set(re.findall(r"analytics\.(\w+)", dataset["sql"])) if dataset["sql"] else {dataset["table_name"]}


def _charts_of(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    parts = [part for part in dashboard["position"].values() if isinstance(part, dict) and part["type"] == "CHART"]
    return [CHARTS[part["meta"]["uuid"]] for part in parts]


def test_every_file_is_in_the_form_that_an_export_would_give_it(tmp_path: Path) -> None:
    assert bundle.normalised(FILES, FILES) == FILES
    bundle.write(FILES, tmp_path)
    for place in FILES:
        assert (bundle.FOLDER / place).read_text(encoding="utf-8") == (tmp_path / place).read_text(encoding="utf-8"), place


def test_no_credential_and_no_address_is_in_the_bundle() -> None:
    assert PARSED[bundle.DATABASE_FILE]["sqlalchemy_uri"] == (
        f"postgresql+psycopg2://dashboards:{bundle.NO_PASSWORD}@warehouse.invalid:5432/warehouse"
    )
    for place, text in FILES.items():
        assert not re.search(r"password|secret|token|\d+\.\d+\.\d+\.\d+", text, re.IGNORECASE), place


@pytest.mark.parametrize("name", [name for name, each in DATASETS.items() if not each["sql"]])
def test_a_dataset_has_the_columns_of_its_mart_s_contract(name: str) -> None:
    types = {"bigint": "BIGINT", "date": "DATE", "boolean": "BOOLEAN", "timestamptz": "TIMESTAMP"}
    expected = {}
    for column in _mart(name)["columns"]:
        if column["name"] == "source_object":
            continue
        kind = re.split(r"[ (]", column["data_type"])[0]
        expected[column["name"]] = types.get(kind, kind.upper())
    found = {column["column_name"]: column["type"].split()[0] for column in DATASETS[name]["columns"] if not column["expression"]}
    assert found == expected
    assert all(column["verbose_name"] for column in DATASETS[name]["columns"])


def test_the_correlation_of_the_dashboards_is_the_tested_one() -> None:
    tested = _mart("film_performance")["config"]["meta"]
    metrics = {each["metric_name"]: each["expression"] for each in DATASETS["film_performance"]["metrics"]}
    assert metrics["corr_screens_sales"] == tested["correlation_screens_sales"]
    assert metrics["corr_screens_admissions"] == tested["correlation_screens_admissions"]


def test_every_metric_has_a_name_for_people_a_format_and_a_certificate() -> None:
    for dataset in DATASETS.values():
        for metric in dataset["metrics"]:
            assert metric["verbose_name"], metric
            assert metric.get("d3format") or metric["metric_name"] in NO_NUMBERS, metric
            assert metric["extra"]["certification"]["certified_by"], metric


@pytest.mark.parametrize("name", DATASETS)
def test_redshift_takes_what_a_dataset_asks(name: str) -> None:
    dataset = DATASETS[name]
    rows = f"({dataset['sql']}) as virtual_table" if dataset["sql"] else f"analytics.{name}"
    columns = [each["expression"] for each in dataset["columns"] if each["expression"]]
    metrics = [each["expression"] for each in dataset["metrics"]]
    assert findings(f"select {', '.join([*columns, *metrics])} from {rows} group by {', '.join(columns) or '1'}") == []


def test_every_chart_says_which_films_which_days_and_which_measure() -> None:
    for name, chart in NAMED_CHARTS.items():
        words = re.findall(r"(?:^|[.] )(영화|날|값): ", chart["description"])
        assert words in (["영화", "날", "값"], ["날", "값"]), name


def test_no_ranking_names_the_unknown() -> None:
    """What is sorted by its figures leaves the unknown out; the charts next to them show its share."""
    for name, chart in NAMED_CHARTS.items():
        params = chart["params"]
        columns = {UNKNOWN.get(each if isinstance(each, str) else each["sqlExpression"]) for each in _sorted_by_figures(params)}
        left_out = {(each["subject"], each["comparator"]) for each in params["adhoc_filters"] if each["operator"] == "!="}
        sql = DATASET_OF[name]["sql"] or ""
        for column, value in columns - {None}:
            assert (column, value) in left_out or f"{column} <> '{value}'" in sql, name


def _sorted_by_figures(params: dict[str, Any]) -> list[Any]:
    """The columns of a ranking: of a table in the order of its figures; a pivot's rows."""
    if params["viz_type"] == "table" and params.get("row_limit") in (10, 20):
        return list(params["groupby"])
    if params["viz_type"] == "pivot_table_v2":
        return list(params["groupbyRows"])
    return []


def test_lineage_ends_at_the_dashboards() -> None:
    exposures = yaml.safe_load((MARTS / "_exposures.yml").read_text(encoding="utf-8"))["exposures"]
    found = {}
    for exposure in exposures:
        assert exposure["type"] == "dashboard"
        assert exposure["maturity"]
        assert exposure["owner"]["email"]
        slug = exposure["url"].rstrip("/").rpartition("/")[2]
        found[slug] = (exposure["label"], {re.sub(r"ref\('(\w+)'\)", r"\1", each) for each in exposure["depends_on"]})
    by_uuid = {each["uuid"]: each for each in DATASETS.values()}
    assert found == {
        slug: (
            dashboard["dashboard_title"],
            set().union(*(_marts_of(by_uuid[chart["dataset_uuid"]]) for chart in _charts_of(dashboard))),
        )
        for slug, dashboard in DASHBOARDS.items()
    }


def test_the_boards_name_the_width_of_a_release_that_dbt_counts_with() -> None:
    project = yaml.safe_load((ROOT / "include" / "dbt" / "dbt_project.yml").read_text(encoding="utf-8"))
    named = re.findall(r"(\d+)개\s+이상", "".join(FILES.values()))
    assert len(named) > 3
    assert set(named) == {str(project["vars"]["wide_release_screens"])}


def test_a_word_has_one_colour_on_every_dashboard() -> None:
    colours = [dashboard["metadata"]["label_colors"] for dashboard in DASHBOARDS.values()]
    assert all(each == colours[0] for each in colours)


def test_the_warehouse_s_address_comes_from_outside() -> None:
    changed = bundle.addressed(FILES, "redshift+psycopg2://reader@box-office.example.com:5439/warehouse")
    assert {place for place in FILES if changed[place] != FILES[place]} == {bundle.DATABASE_FILE}
    assert f"reader:{bundle.NO_PASSWORD}@box-office.example.com:5439" in changed[bundle.DATABASE_FILE]


def test_data_that_ended_long_ago_is_shown_and_the_files_stay_as_they_are() -> None:
    shown = bundle.until(FILES, date(2024, 6, 29))
    periods = {
        place: each["defaultDataMask"]["extraFormData"].get("time_range")
        for place, board in bundle.parsed(shown).items()
        if place.startswith("dashboards/")
        for each in board["metadata"]["native_filter_configuration"]
        if each["filterType"] == "filter_time"
    }
    assert len(periods) == len(DASHBOARDS)
    # Captures have days of their own, which are not those of the data.
    assert {place for place, period in periods.items() if period is None} == {"dashboards/data-status.yaml"}
    assert set(periods.values()) == {None, "2023-07-01 : 2024-06-30"}
    assert "2024-06-29" in shown["dashboards/overview.yaml"]
    assert bundle.normalised(shown, FILES) == FILES


@pytest.mark.parametrize("address", ["", "warehouse", "postgresql://host/database", "postgresql://user:word@host/database"])
def test_an_address_with_a_password_or_without_a_user_is_refused(address: str) -> None:
    with pytest.raises(StackError, match="without a password") as refused:
        bundle.addressed(FILES, address)
    assert "word" not in str(refused.value).replace("password", "")


def test_writing_a_bundle_removes_what_it_does_not_have(tmp_path: Path) -> None:
    bundle.write(FILES, tmp_path)
    fewer = {place: text for place, text in FILES.items() if place != "charts/screens-numbers.yaml"}
    assert bundle.write(fewer, tmp_path) == ["charts/screens-numbers.yaml"]
    assert bundle.read(tmp_path) == fewer

"""The SQL that the dashboards hold: virtual datasets, their columns and metrics, and what charts write themselves."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.redshift.dialect.kinds import Kind, named

Query = tuple[str, Mapping[str, Kind]]


def queries(bundle: Path) -> dict[str, Query]:
    """By place: a query as Superset makes it of each piece of SQL, and the types of its dataset's columns."""
    found: dict[str, Query] = {}
    datasets = {}
    for file in sorted((bundle / "datasets").rglob("*.yaml")):
        dataset = yaml.safe_load(file.read_text(encoding="utf-8"))
        kinds = {each["column_name"]: kind for each in dataset["columns"] if (kind := named(each.get("type") or ""))}
        source = f"({dataset['sql']}) as virtual_table" if dataset.get("sql") else f"analytics.{dataset['table_name']}"
        datasets[dataset["uuid"]] = source, kinds
        place = str(file.relative_to(bundle))
        if dataset.get("sql"):
            found[place] = dataset["sql"], kinds
        for part in ("columns", "metrics"):
            for each in dataset.get(part, []):
                if each.get("expression"):
                    name = each.get("column_name") or each["metric_name"]
                    found[f"{place} ({name})"] = f"select {each['expression']} as made from {source}", kinds
    for file in sorted((bundle / "charts").rglob("*.yaml")):
        chart = yaml.safe_load(file.read_text(encoding="utf-8"))
        source, kinds = datasets[chart["dataset_uuid"]]
        for number, (clause, expression) in enumerate(_own_sql(chart["params"]), 1):
            query = (
                f"select 1 from {source} where {expression}"
                if clause == "WHERE"
                else f"select {expression} as made from {source}"
            )
            found[f"{file.relative_to(bundle)} ({number})"] = query, kinds
    return found


def _own_sql(params: Any) -> Iterator[tuple[str, str]]:
    """Every expression that somebody wrote into a chart, and where it stands."""
    if isinstance(params, dict):
        if params.get("expressionType") == "SQL" and params.get("sqlExpression"):
            yield str(params.get("clause", "")), params["sqlExpression"]
        for each in params.values():
            yield from _own_sql(each)
    elif isinstance(params, list):
        for each in params:
            yield from _own_sql(each)

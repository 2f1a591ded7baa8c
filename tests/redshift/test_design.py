"""How the tables are laid out on Redshift: stated for each, with its reason, and without a constraint that costs."""

import re
from pathlib import Path

import pytest
from dbt.contracts.graph.nodes import ModelNode

from include.kofic.tables import LOAD_AUDIT, RAW_TABLES, Table
from include.kofic.warehouse.redshift import create_statement
from tests.dbt.test_project import parsed


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> list[ModelNode]:
    """The models that are tables on Redshift."""
    nodes = parsed("redshift", tmp_path_factory.mktemp("parse")).nodes.values()
    models = [node for node in nodes if isinstance(node, ModelNode)]
    return [model for model in models if model.config.materialized in {"table", "incremental"}]


def test_every_table_states_its_distribution_with_a_reason_and_its_sort_key(tables: list[ModelNode]) -> None:
    assert len(tables) > 15
    for model in tables:
        dist = model.config.get("dist")
        assert dist, model.name
        reason = str(model.config.meta["distribution"])
        words = {"all": "On every node", "even": "Even", "movie_cd": "By film"}
        assert reason.startswith(words[dist]), model.name
    # It has a row for each raw table, a dozen.
    assert [model.name for model in tables if not model.config.get("sort")] == ["data_table_status"]


def test_every_view_is_late_binding(tmp_path: Path) -> None:
    nodes = parsed("redshift", tmp_path).nodes.values()
    views = [node for node in nodes if isinstance(node, ModelNode) and node.config.materialized == "view"]
    assert views
    assert [view.name for view in views if view.config.get("bind") is not False] == []


@pytest.mark.parametrize("table", [*RAW_TABLES, LOAD_AUDIT], ids=lambda table: table.name)
def test_a_raw_table_is_spread_evenly_sorted_by_its_date_and_leaves_encodings_to_redshift(table: Table) -> None:
    statement = create_statement(table)
    assert re.search(r'diststyle even sortkey \("(target_date|captured_at|loaded_at)"\)$', statement)
    assert "encode" not in statement

"""What can be said of the dbt project without a database: it parses, it is described, it agrees with the raw tables."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import GenericTestNode, ModelNode, SeedNode

from include.dbt.seeds.generate_korean_holiday import SEED, holiday_windows, seeds
from include.kofic.tables import LOAD_AUDIT, RAW_TABLES
from tests.dbt.warehouse import PROJECT


def parsed(target: str, folder: Path) -> Manifest:
    result = dbtRunner().invoke(
        [
            "--warn-error",
            "parse",
            f"--target={target}",
            f"--project-dir={PROJECT}",
            f"--profiles-dir={PROJECT}",
            f"--target-path={folder}",
            f"--log-path={folder}",
            "--quiet",
        ]
    )
    assert result.success, result.exception
    assert isinstance(result.result, Manifest)
    return result.result


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """The project as dbt parses it for PostgreSQL, any warning being an error."""
    return parsed("local", tmp_path_factory.mktemp("parse"))


@pytest.fixture(scope="module")
def models(manifest: Manifest) -> list[ModelNode]:
    return [node for node in manifest.nodes.values() if isinstance(node, ModelNode)]


def test_the_project_parses_for_redshift(tmp_path: Path, manifest: Manifest) -> None:
    assert set(parsed("redshift", tmp_path).nodes) == set(manifest.nodes)


def test_the_sources_are_the_raw_tables() -> None:
    (source,) = yaml.safe_load((PROJECT / "models" / "staging" / "_sources.yml").read_text(encoding="utf-8"))["sources"]
    described = {table["name"]: [column["name"] for column in table["columns"]] for table in source["tables"]}
    expected = {table.name: [column.name for column in table.columns] for table in (*RAW_TABLES, LOAD_AUDIT)}
    assert list(described) == list(expected)
    assert described == expected
    assert all(column["description"] for table in source["tables"] for column in table["columns"])
    assert {table["name"]: table["description"].split(":")[0] for table in source["tables"]} == {
        table.name: table.grain for table in (*RAW_TABLES, LOAD_AUDIT)
    }
    assert source["schema"] == "raw_data"


def test_every_raw_table_has_a_staging_view(models: list[ModelNode]) -> None:
    staging = {model.name for model in models if model.fqn[1] == "staging"}
    assert staging == {f"stg_kofic__{table.name}" for table in (*RAW_TABLES, LOAD_AUDIT)}


def test_the_schemas_are_named_exactly(manifest: Manifest) -> None:
    folders = {(node.fqn[1], node.schema) for node in manifest.nodes.values() if isinstance(node, ModelNode)}
    assert folders == {("staging", "staging"), ("intermediate", "staging"), ("marts", "analytics")}
    assert {source.schema for source in manifest.sources.values()} == {"raw_data"}


def test_every_model_says_what_one_row_is_and_has_a_file_of_its_own(models: list[ModelNode]) -> None:
    for model in models:
        assert model.description.startswith("One row per "), model.name
        path = PROJECT / model.original_file_path
        assert path.with_suffix(".yml").exists(), model.name
        assert model.patch_path == f"box_office://{Path(model.original_file_path).with_suffix('.yml')}"


def test_every_column_is_described(manifest: Manifest, models: list[ModelNode]) -> None:
    seeds = [node for node in manifest.nodes.values() if isinstance(node, SeedNode)]
    assert not [
        f"{node.name}.{column.name}" for node in (*models, *seeds) for column in node.columns.values() if not column.description
    ]
    assert all(node.columns for node in (*models, *seeds))


def test_every_macro_and_generic_test_is_described(manifest: Manifest) -> None:
    own = [macro for macro in manifest.macros.values() if macro.package_name == "box_office"]
    dispatched = ("default__", "postgres__", "redshift__", "materialization_")
    assert not [macro.name for macro in own if not macro.description and not macro.name.startswith(dispatched)]


def test_every_mart_has_a_contract_and_is_described_in_korean_too(models: list[ModelNode]) -> None:
    for mart in (model for model in models if model.fqn[1] == "marts"):
        assert mart.config.contract.enforced, mart.name
        assert any("가" <= letter <= "힣" for letter in mart.description.split("\n\n")[-1]), mart.name
        for column in mart.columns.values():
            kind = column.data_type
            assert kind in ("bigint", "boolean", "date", "timestamptz") or str(kind).startswith(("varchar(", "numeric(")), (
                column.name
            )


def test_every_model_with_a_unit_test_has_a_data_test(manifest: Manifest) -> None:
    unit_tested = {unit_test.model for unit_test in manifest.unit_tests.values()}
    data_tests = [node for node in manifest.nodes.values() if isinstance(node, GenericTestNode)]
    data_tested = {test.attached_node.split(".")[-1] for test in data_tests if test.attached_node}
    assert unit_tested
    assert unit_tested <= data_tested


def test_the_holiday_seeds_are_what_the_package_says() -> None:
    last_year = int(SEED.read_text(encoding="utf-8").splitlines()[-1][:4])
    for seed, text in seeds(last_year).items():
        assert seed.read_text(encoding="utf-8") == text, "run include/dbt/seeds/generate_korean_holiday.py"
    assert last_year > datetime.now(ZoneInfo("Asia/Seoul")).year, "run include/dbt/seeds/generate_korean_holiday.py"


def test_a_holiday_s_window_is_the_run_of_days_off_around_it() -> None:
    """Weekends and public holidays that touch it are in, a holiday behind a working day is not; two names are two holidays."""
    public = [
        ("2017-06-06", "현충일"),
        ("2017-10-02", "임시공휴일"),
        ("2017-10-03", "개천절; 추석 전날"),
        ("2017-10-04", "추석"),
        ("2017-10-05", "추석 다음날"),
        ("2017-10-06", "추석 대체 휴일"),
        ("2017-10-09", "한글날"),
        ("2017-12-25", "기독탄신일"),
    ]
    assert holiday_windows(public) == [
        ("밸런타인데이", "2017-02-14", "2017-02-13", "2017-02-14", "false"),
        ("화이트데이", "2017-03-14", "2017-03-13", "2017-03-14", "false"),
        ("현충일", "2017-06-06", "2017-06-06", "2017-06-06", "false"),
        ("개천절", "2017-10-03", "2017-09-30", "2017-10-09", "false"),
        ("추석", "2017-10-04", "2017-09-30", "2017-10-09", "true"),
        ("한글날", "2017-10-09", "2017-09-30", "2017-10-09", "false"),
        ("핼러윈", "2017-10-31", "2017-10-25", "2017-10-31", "false"),
        ("크리스마스", "2017-12-25", "2017-12-24", "2017-12-25", "false"),
    ]


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2004-01-22", "설날"),
        ("2017-10-02", "임시공휴일"),
        ("2024-02-09", "설날 전날"),
        ("2024-02-10", "설날"),
        ("2024-02-11", "설날 다음날"),
        ("2024-02-12", "설날 대체 휴일"),
        ("2024-05-05", "어린이날"),
        ("2024-05-06", "어린이날 대체 휴일"),
        ("2024-10-01", "국군의 날"),
        ("2025-01-29", "설날"),
        ("2025-10-06", "추석"),
        ("2025-10-08", "추석 대체 휴일"),
        ("2025-12-25", "기독탄신일"),
    ],
)
def test_the_seed_has_the_holidays_of_years_known(day: str, name: str) -> None:
    assert f"\n{day},{name}" in SEED.read_text(encoding="utf-8")


def test_an_ordinary_day_is_not_in_the_seed() -> None:
    assert not [day for day in ("2024-02-08", "2024-02-13", "2025-10-10") if f"\n{day}" in SEED.read_text(encoding="utf-8")]

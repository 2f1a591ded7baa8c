"""The house rule: arrows point one way, dags -> include.pipeline -> include.kofic, and nothing imports local/."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

FORBIDDEN = {
    "include/kofic": ("airflow", "cosmos", "dbt", "include.pipeline", "include.kofic_simulator", "local", "dags"),
    "include/kofic_simulator": ("airflow", "cosmos", "dbt", "include.kofic", "include.pipeline", "local", "dags"),
    "include/pipeline": ("include.kofic_simulator", "local", "dags"),
    "dags": ("include.kofic_simulator", "local"),
}


def _imported(file):
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            room = file.relative_to(ROOT).parts[: -node.level] if node.level else ()
            module = ".".join([*room, *filter(None, [node.module])])
            yield module
            yield from (f"{module}.{name.name}" for name in node.names)


@pytest.mark.parametrize("room", FORBIDDEN)
def test_no_arrow_points_back(room):
    files = list((ROOT / room).rglob("*.py"))
    assert files
    wrong = {
        f"{file.relative_to(ROOT)} -> {module}"
        for file in files
        for module in _imported(file)
        if any(module == taboo or module.startswith(f"{taboo}.") for taboo in FORBIDDEN[room])
    }
    assert wrong == set()

"""Dependencies point one way: dags -> include.pipeline -> include.kofic, and nothing imports local/."""

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
            layer = file.relative_to(ROOT).parts[: -node.level] if node.level else ()
            module = ".".join([*layer, *filter(None, [node.module])])
            yield module
            yield from (f"{module}.{name.name}" for name in node.names)


@pytest.mark.parametrize("layer", FORBIDDEN)
def test_no_dependency_points_back(layer):
    files = list((ROOT / layer).rglob("*.py"))
    assert files
    wrong = {
        f"{file.relative_to(ROOT)} -> {module}"
        for file in files
        for module in _imported(file)
        if any(module == forbidden or module.startswith(f"{forbidden}.") for forbidden in FORBIDDEN[layer])
    }
    assert wrong == set()

"""A run's dbt tasks share one parsed project, and never one that is not theirs."""

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from cosmos import settings
from cosmos.dbt import runner

from include.pipeline import warm_manifest

MODEL = "models/two.sql"
POSTGRES = {"type": "postgres", "host": "127.0.0.1", "port": 9, "user": "u", "pass": "x", "dbname": "d", "schema": "analytics"}
REDSHIFT = {**POSTGRES, "type": "redshift"}

Compile = Callable[..., str]


@pytest.fixture
def dbt_project(tmp_path: Path) -> Path:
    """A dbt project of one model on another."""
    project = tmp_path / "dbt"
    (project / "models").mkdir(parents=True)
    (project / "dbt_project.yml").write_text("name: box_office\nversion: 1.0.0\nprofile: box_office\n")
    (project / "models" / "one.sql").write_text("select '{{ target.type }}' as one")
    (project / MODEL).write_text("select * from {{ ref('one') }}")
    return project


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where parsed projects are kept."""
    monkeypatch.setattr(settings, "cache_dir", tmp_path / "cache")
    monkeypatch.setattr(runner, "get_runner", runner.get_runner)
    warm_manifest.install()
    return tmp_path / "cache" / "manifests"


@pytest.fixture
def compiled(dbt_project: Path, kept: Path, tmp_path: Path) -> Compile:
    """Compiles one model as Cosmos's tasks run dbt: in a folder of links to the project, made for the task."""

    def run(output: dict[str, object] = POSTGRES) -> str:
        task = tmp_path / f"task-{len(list(tmp_path.iterdir()))}"
        task.mkdir()
        for each in dbt_project.iterdir():
            (task / each.name).symlink_to(each)
        (task / "profile").mkdir()
        profile = {"box_office": {"target": "warehouse", "outputs": {"warehouse": {"threads": 1, **output}}}}
        (task / "profile" / "profiles.yml").write_text(yaml.safe_dump(profile))
        place = ["--project-dir", str(task), "--profiles-dir", str(task / "profile"), "--target", "warehouse"]
        words = ["dbt", "compile", "--no-introspect", "--no-populate-cache", "--quiet", *place]
        done = runner.run_command(words, {"DO_NOT_TRACK": "1"}, str(task))
        assert done.success, repr(done.exception)
        return (task / "target" / "compiled" / "box_office" / MODEL).read_text()

    return run


def test_the_project_that_was_kept_is_the_one_that_runs(compiled: Compile, kept: Path) -> None:
    plain = compiled()
    (file,) = kept.iterdir()
    parts = pickle.loads(file.read_bytes())
    node = parts["nodes"]["model.box_office.two"]
    node.raw_code = f"-- kept\n{node.raw_code}"
    file.write_bytes(pickle.dumps(parts))
    assert compiled() == f"-- kept\n{plain}"


def test_a_model_that_was_changed_runs_as_it_is_now(compiled: Compile, dbt_project: Path) -> None:
    before, model = compiled(), dbt_project / MODEL
    text = model.read_text()
    model.write_text(f"{text} where true")
    assert compiled() == f"{before} where true"
    model.write_text(text)
    assert compiled() == before


def test_each_warehouse_has_a_parsed_project_of_its_own(compiled: Compile, kept: Path) -> None:
    for output in (POSTGRES, REDSHIFT, {**POSTGRES, "dbname": "other"}):
        compiled(output)
    adapters = [pickle.loads(file.read_bytes())["metadata"].adapter_type for file in kept.iterdir()]
    assert sorted(adapters) == ["postgres", "postgres", "redshift"]


def test_a_file_that_someone_else_may_have_written_is_not_read(compiled: Compile, kept: Path) -> None:
    before = compiled()
    (file,) = kept.iterdir()
    file.write_bytes(b"whatever stands here would be run")
    file.chmod(0o666)
    assert compiled() == before


def test_a_project_that_does_not_parse_is_dbts_to_complain_of(compiled: Compile, dbt_project: Path, kept: Path) -> None:
    (dbt_project / MODEL).write_text("select * from {{ ref('nowhere') }}")
    with pytest.raises(AssertionError, match="TargetNotFound"):
        compiled()
    assert not kept.exists()

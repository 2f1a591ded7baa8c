"""The project's pins on an image that already holds Airflow: what `make pins` says of them."""

import pytest
from packaging.version import Version

from local import pins
from local.state import ROOT


@pytest.fixture(scope="module")
def versions():
    return pins.pinned(ROOT / "local" / "requirements.lock")


def test_every_package_agrees_with_the_pins_on_python_3_12(versions):
    assert pins.contradictions(versions) == []


def test_a_pin_that_a_provider_does_not_take_is_found(versions):
    (found,) = {
        line
        for line in pins.contradictions({**versions, "apache-airflow-providers-common-compat": Version("1.0.0")})
        if line.startswith("apache-airflow-providers-amazon needs")
    }
    assert found.endswith("and the pin is 1.0.0")


def test_what_an_image_would_have_to_change_is_found(versions, tmp_path):
    constraints = tmp_path / "constraints-3.12.txt"
    constraints.write_text("# made up\npyarrow==99.0.0\ntenacity==99.0.0\napache-airflow-providers-common-compat==1.0.0\n")
    back, forward = pins.changed(pins.pinned(constraints), versions)
    # requirements.txt takes any tenacity, so the image keeps its own.
    assert {line.split(" ")[2].partition("=")[0] for line in back} == {"pyarrow"}
    assert any(line.startswith("apache-airflow-providers-amazon needs") for line in forward)


def test_without_the_constraints_file_it_says_so(capsys):
    assert pins.main(None) == 0
    assert "NOT CHECKED" in capsys.readouterr().out

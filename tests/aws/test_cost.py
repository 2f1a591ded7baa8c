"""The month's cost: right by hand, honest about unchecked prices, and with a remedy for what is missing."""

import copy
import subprocess
import sys
from datetime import date

import pytest
import yaml

from deploy.cost import BadInput, monthly
from local import waiting
from tests.aws.template import ROOT, of_type, template

PRICES = ROOT / "deploy" / "prices.yaml"


@pytest.fixture
def inputs():
    return yaml.safe_load(PRICES.read_text())


def _run(*words):
    return subprocess.run(
        [sys.executable, "deploy/cost.py", *map(str, words)], cwd=ROOT, capture_output=True, text=True, timeout=waiting.COMMAND
    )


def test_it_is_what_a_person_computes(inputs):
    inputs["prices"] = dict.fromkeys(inputs["prices"], 0) | {"rpu_hour": 0.5, "instance_hour": 0.1}
    inputs["usage"] |= {
        "hours": 100,
        "base_rpu": 8,
        "runs_per_day": 12,
        "warehouse_minutes_per_run": 5,
        "dashboard_minutes_per_day": 0,
    }
    costs = monthly(inputs, "serverless")
    assert costs["machine"] == pytest.approx(10)
    assert costs["warehouse compute"] == pytest.approx(0.5 * 8 * 365 / 12), "an hour a day"
    inputs["prices"]["cluster_node_hour"] = 1
    inputs["usage"]["cluster_nodes"] = 2
    assert monthly(inputs, "provisioned")["warehouse compute"] == pytest.approx(200)


def test_every_input_moves_the_sum(inputs):
    """A number that changes nothing is one that a reader checks in vain."""
    for kind, unused in (("serverless", {"cluster_node_hour", "cluster_nodes"}), ("provisioned", {"rpu_hour"})):
        unused = unused | (
            {"base_rpu", "warehouse_minutes_per_run", "dashboard_minutes_per_day"} if kind == "provisioned" else set()
        )
        base = copy.deepcopy(inputs)
        for part in ("prices", "usage"):
            base[part] = {name: value or 1 for name, value in base[part].items()}
        before = sum(monthly(base, kind).values())
        for part in ("prices", "usage"):
            for name in base[part].keys() - unused:
                changed = copy.deepcopy(base)
                changed[part][name] += 1
                assert sum(monthly(changed, kind).values()) > before, f"{kind}: {name}"


def test_the_usage_is_the_templates(inputs):
    body = template()
    assert inputs["usage"]["volume_gb"] == body["Parameters"]["VolumeGb"]["Default"]
    assert inputs["usage"]["base_rpu"] == body["Parameters"]["ServerlessBaseRpu"]["Default"]
    assert inputs["usage"]["cluster_nodes"] == body["Parameters"]["ClusterNodes"]["Default"]
    assert inputs["usage"]["secrets"] == len(of_type(body, "AWS::SecretsManager::Secret")) + 1
    assert inputs["usage"]["alarms"] == len(of_type(body, "AWS::CloudWatch::Alarm"))


def test_unchecked_prices_are_called_so_and_checked_ones_are_not(inputs, tmp_path):
    assert inputs["checked_on"] == "never"
    done = _run(PRICES)
    assert done.returncode == 0
    assert done.stdout.startswith("prices of ap-northeast-2, read on: never\n")
    assert "nobody has checked" in done.stderr
    inputs["checked_on"] = date(2026, 1, 1)
    checked = tmp_path / "prices.yaml"
    checked.write_text(yaml.safe_dump(inputs))
    done = _run(checked, "--kind", "provisioned")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("prices of ap-northeast-2, read on: 2026-01-01\n")
    assert done.stdout.splitlines()[-1].startswith("a month, USD")


@pytest.mark.parametrize("harm", ["", "prices: 1", "{", "no-such-file"])
def test_a_file_that_cannot_be_computed_with_is_refused(harm, tmp_path):
    file = tmp_path / "prices.yaml"
    if harm != "no-such-file":
        file.write_text(harm)
    done = _run(file)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("value", [None, "1", True, -1])
def test_what_is_no_price_is_named(inputs, value):
    inputs["prices"]["rpu_hour"] = value
    with pytest.raises(BadInput, match="rpu_hour.*Remedy"):
        monthly(inputs, "serverless")

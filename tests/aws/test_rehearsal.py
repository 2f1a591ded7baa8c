"""What people read of the rehearsal is what it does: the runbook's marks, and the list of what did not run."""

import re

from tests.aws.rehearsal import LOADS, STEPS, not_run
from tests.aws.template import ROOT
from tests.ec2 import rehearsal, runbook


def test_every_command_of_the_runbook_is_rehearsed_or_marked_as_not_run():
    found = list(runbook.blocks())
    assert len(found) > 8
    assert [block.text for block in found if block.kind not in runbook.KINDS] == []
    assert {block.kind for block in found} == runbook.KINDS


def test_a_command_within_a_sentence_is_in_a_block_too_or_marked():
    """`docker compose …` in the text: the tests run these, or the text says that they were not."""
    text = re.sub(r"^ *```.*?^ *```$", "", runbook.FILE.read_text(), flags=re.MULTILINE | re.DOTALL)
    commands = {each for each in re.findall(r"`([^`\n]+)`", text) if each.startswith(("aws ", "sudo ", "docker compose exec"))}
    told = "\n".join(block.text for block in runbook.blocks()) + (ROOT / "tests" / "ec2" / "test_running.py").read_text()
    assert [
        each for each in commands if each.replace("exec ", "exec -T ") not in told and each not in told and "…" not in each
    ] == []


def test_what_did_not_run_has_every_command_that_needs_an_account():
    told = "\n".join(not_run())
    assert all(line in told for block in runbook.blocks() if block.kind == "needs-aws" for line in block.lines)
    assert "aws cloudformation deploy" in told


def test_the_steps_name_files_that_are_there():
    assert all((ROOT / word).exists() for step in STEPS for word in step.command if word.startswith("tests/"))
    assert len(LOADS) == 3


def test_a_rehearsal_changes_only_what_its_list_says():
    """The rest of the file that is brought up is the one that ships."""
    import yaml

    shipped = yaml.safe_load((ROOT / "deploy" / "ec2" / "compose.yaml").read_text())
    made = yaml.safe_load(rehearsal.rehearsed((ROOT / "deploy" / "ec2" / "compose.yaml").read_text()))
    for file in (shipped, made):
        file.pop("name", None)
        file.pop("version", None)
        for service in file["services"].values():
            service.pop("logging", None)
            for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
                service.get("environment", {}).pop(name, None)
            if isinstance(service.get("depends_on"), dict):
                for condition in service["depends_on"].values():
                    condition.pop("required", None)
        file.pop("x-airflow")
    assert made == shipped
    assert all(change.what in rehearsal.changes() for change in rehearsal.CHANGES)

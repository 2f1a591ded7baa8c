"""deploy/ec2/compose.yaml on Debian's Docker Engine: what is changed for it, and compose 1.29 under the name of the plugin.

The runbook's commands (`docker compose …`) run as they are written: `python -m tests.ec2.rehearsal compose up --detach --wait`.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from local import waiting
from local.state import ROOT

PROJECT = "box-office"
AROUND = Path(__file__).with_name("around.yaml")


@dataclass(frozen=True)
class Change:
    """One thing that a rehearsal changes in the file that ships, and why."""

    what: str
    why: str
    make: Callable[[dict[str, Any]], None]


def _log_to_files(file: dict[str, Any]) -> None:
    for service in file["services"].values():
        if service.get("logging", {}).get("driver") == "awslogs":
            service["logging"] = {"driver": "json-file"}


def _without_newer_keys(file: dict[str, Any]) -> None:
    del file["name"]
    file["version"] = "3.9"
    for service in file["services"].values():
        for condition in service.get("depends_on", {}) if isinstance(service.get("depends_on"), dict) else ():
            service["depends_on"][condition].pop("required", None)


def _at_moto(file: dict[str, Any]) -> None:
    for service in file["services"].values():
        environment = service.get("environment", {})
        if "AIRFLOW__SECRETS__BACKEND" in environment:
            keys = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "testing")
            environment.update(keys, AWS_ENDPOINT_URL="http://aws:5000")


CHANGES = (
    Change("logging: json-file for awslogs", "awslogs writes to CloudWatch", _log_to_files),
    Change(
        "`name:` and `depends_on.required` left out, `version:` added; up's --wait by this module",
        "compose 1.29 knows neither",
        _without_newer_keys,
    ),
    Change("AWS_ENDPOINT_URL and keys added", "moto stands for AWS and the machine's role", _at_moto),
)
IMAGES = "runtime, postgres:18 and caddy are made here under the names that the files ask for, because no registry is reached"


def rehearsed(text: str) -> str:
    """The compose file as it is brought up here."""
    file = yaml.safe_load(text)
    for change in CHANGES:
        change.make(file)
    return yaml.safe_dump(file, sort_keys=False)


def changes() -> str:
    """The list of all changes, for people."""
    return "\n".join([*(f"changed: {each.what} ({each.why})" for each in CHANGES), f"images: {IMAGES}"])


def compose(folder: Path, words: Sequence[str]) -> int:
    """Runs a `docker compose` command of the runbook in the folder of a compose.yaml."""
    made = folder / "rehearsed.yaml"
    made.write_text(rehearsed((folder / "compose.yaml").read_text()))
    around = folder / "around.yaml"
    around.write_text(AROUND.read_text().replace("{root}", str(ROOT)).replace("{python}", _site_packages()))
    asked = [word for word in words if word != "--wait"]
    command = ["docker-compose", "--project-name", PROJECT, "--file", str(made), "--file", str(around), *asked]
    code = subprocess.run(command, cwd=folder, timeout=2 * waiting.COMMAND).returncode
    if not code and "--wait" in words:
        # Five of Airflow's services start at once.
        waiting.until(lambda: not unhealthy(), 2 * waiting.STARTED, lambda: f"not healthy: {', '.join(unhealthy())}")
    return code


def containers() -> dict[str, dict[str, Any]]:
    """What docker says of each container of the project, by service."""
    asked = ["docker", "ps", "--all", "--quiet", "--filter", f"label=com.docker.compose.project={PROJECT}"]
    found = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=waiting.ANSWER).stdout.split()
    if not found:
        return {}
    said = subprocess.run(["docker", "inspect", *found], capture_output=True, text=True, check=True, timeout=waiting.ANSWER)
    return {each["Config"]["Labels"]["com.docker.compose.service"]: each for each in json.loads(said.stdout)}


def unhealthy() -> list[str]:
    """The services that have a health check and do not pass it."""
    states = {name: each["State"] for name, each in containers().items()}
    return sorted(name for name, state in states.items() if "Health" in state and state["Health"]["Status"] != "healthy")


def _site_packages() -> str:
    return next(path for path in sys.path if re.search(r"/site-packages$", path))


if __name__ == "__main__":
    if sys.argv[1:] == ["docker-cli-plugin-metadata"]:
        sys.stdout.write(json.dumps({"SchemaVersion": "0.1.0", "Vendor": "rehearsal", "Version": "1.29"}))
    elif sys.argv[1:2] == ["changes"]:
        sys.stdout.write(changes() + "\n")
    else:
        sys.exit(compose(Path(os.environ.get("PWD", ".")), sys.argv[2:]))

"""deploy/ec2/compose.yaml as Docker would read it: merged and interpolated."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
EC2 = ROOT / "deploy" / "ec2"
AIRFLOW = ("migrate", "api-server", "scheduler", "dag-processor", "triggerer")


def interpolated(text: str, values: Mapping[str, str]) -> str:
    """The text with `${NAME}` and `${NAME:?why}` replaced, and `$$` as `$`."""

    def value(found: re.Match[str]) -> str:
        return "$" if found[0] == "$$" else values[found["name"]]

    return re.sub(r"\$\$|\$\{(?P<name>\w+)(:\?[^}]*)?\}", value, text)


def compose(values: Mapping[str, str]) -> dict[str, Any]:
    """The whole file."""
    return yaml.safe_load(interpolated((EC2 / "compose.yaml").read_text(), values))


def example() -> dict[str, str]:
    """env.example, which first-start.sh's .env follows."""
    return env_file(EC2 / "env.example")


def env_file(file: Path) -> dict[str, str]:
    """NAME=value lines."""
    lines = [line for line in file.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)

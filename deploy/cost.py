"""What the AWS stack costs a month, computed from a YAML of prices and usage that the reader must check."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
import yaml

DAYS = 365 / 12
Kind = Literal["serverless", "provisioned"]


class BadInput(Exception):
    """The YAML cannot be computed with; the message says what to do."""


def monthly(inputs: Mapping[str, Any], kind: Kind) -> dict[str, float]:
    """By what is paid for: its cost a month.

    Raises:
        BadInput: a number is missing, or is none.
    """
    price, usage = _Numbers(inputs, "prices"), _Numbers(inputs, "usage")
    runs = usage["runs_per_day"] * DAYS
    costs = {
        "machine": price["instance_hour"] * usage["hours"],
        "its disk": price["volume_gb_month"] * usage["volume_gb"],
        "its public address": price["public_ip_hour"] * usage["hours"],
        "NAT gateway": price["nat_hour"] * usage["hours"] + price["nat_gb"] * usage["nat_gb"],
        "warehouse storage": price["warehouse_gb_month"] * usage["warehouse_gb"],
        "lake storage": price["lake_gb_month"] * usage["lake_gb"],
        # Each object is written once, and read by the load, by its count and by COPY.
        "lake requests": runs * usage["objects_per_run"] * (price["put_thousand"] + 3 * price["get_thousand"]) / 1_000,
        "secrets": price["secret_month"] * usage["secrets"]
        + price["secret_calls_ten_thousand"] * runs * usage["secret_calls_per_run"] / 10_000,
        "logs": price["log_gb"] * usage["log_gb"],
        "alarms": price["alarm_month"] * usage["alarms"],
    }
    if kind == "serverless":
        minutes = runs * usage["warehouse_minutes_per_run"] + DAYS * usage["dashboard_minutes_per_day"]
        costs["warehouse compute"] = price["rpu_hour"] * usage["base_rpu"] * minutes / 60
    else:
        costs["warehouse compute"] = price["cluster_node_hour"] * usage["cluster_nodes"] * usage["hours"]
    return costs


class _Numbers:
    def __init__(self, inputs: Mapping[str, Any], part: str) -> None:
        self._part = part
        found = inputs.get(part)
        self._numbers: Mapping[str, Any] = found if isinstance(found, Mapping) else {}

    def __getitem__(self, name: str) -> float:
        value = self._numbers.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise BadInput(f"`{name}` under `{self._part}` is missing or no number. Remedy: write one, 0 if it does not apply.")
        return float(value)


def main(
    inputs: Annotated[Path, typer.Argument(help="Prices and usage, as in deploy/prices.yaml.")] = Path("deploy/prices.yaml"),
    kind: Annotated[Kind, typer.Option(help="The template's WarehouseKind.")] = "serverless",
) -> None:
    """Print what the AWS stack costs a month. The prices are inputs: check them first."""
    try:
        given = yaml.safe_load(inputs.read_text())
        costs = monthly(given if isinstance(given, Mapping) else {}, kind)
    except (OSError, yaml.YAMLError, BadInput) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None
    checked = given.get("checked_on")
    typer.echo(f"prices of {given.get('region', '?')}, read on: {checked}")
    if not isinstance(checked, date):
        typer.echo(
            f"warning: nobody has checked these prices. Remedy: look them up, and date `checked_on` in {inputs}.", err=True
        )
    for what, cost in sorted(costs.items(), key=lambda each: -each[1]):
        typer.echo(f"{what:<22}{cost:>10.2f}")
    typer.echo(f"{'a month, ' + str(given.get('currency', '')):<22}{sum(costs.values()):>10.2f}")


if __name__ == "__main__":
    typer.run(main)

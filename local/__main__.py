"""The command line of the local stack; `make` calls it."""

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from include.kofic.errors import KoficError
from include.kofic.lateness import publication
from local import caller, lifecycle, query, report
from local import demo as job
from local.state import LOGS, ROOT, Stack, StackError
from local.superset import dashboards
from local.superset import reports as monday

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="The KOFIC box-office pipeline on this machine, without Docker.",
)
# Away from a terminal (a CI log) rich would wrap lines at 80 characters.
console = Console(width=None if Console().is_terminal else 160)
stderr = Console(stderr=True, soft_wrap=True)


@contextmanager
def _errors_reported() -> Iterator[None]:
    try:
        yield
    except (StackError, KoficError) as error:
        stderr.print(f"error: {error}", style="bold red", markup=False, highlight=False)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        stderr.print("\nInterrupted. The stack is still up: run the command again to continue, or `make down` to stop it.")
        raise typer.Exit(130) from None


def _recordings_folder(recordings: Path | None) -> Path | None:
    if recordings is None:
        return None
    folder = recordings.resolve()
    if not any(folder.glob("*.jsonl.gz")):
        raise StackError(f"{recordings} holds no *.jsonl.gz. Remedy: RECORDINGS=../shared/kofic-recordings, for example.")
    return folder


def _running() -> Stack:
    stack = lifecycle.running_stack()
    if stack is None:
        raise StackError("no stack runs here. Remedy: `make demo`.")
    return stack


@app.command()
def demo(
    first: Annotated[str | None, typer.Option("--from", help="First day, YYYY-MM-DD (Asia/Seoul).")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last day, at most yesterday in Seoul.")] = None,
    recordings: Annotated[Path | None, typer.Option(help="Replay the recorded replies of this folder.")] = None,
    with_dashboards: Annotated[bool, typer.Option("--dashboards/--no-dashboards", help="Superset too.")] = True,
) -> None:
    """Start everything, run the main job, and show what it found."""
    with _errors_reported():
        folder = _recordings_folder(recordings)
        days = job.resolve_range(first, last, folder)
        stack = lifecycle.up("recordings" if folder else "made-up", folder, console)
        with dashboards.starting(stack, console) if with_dashboards else nullcontext():
            job.collect(stack, days, console)
        report.show(stack, console)
        report.addresses(stack, console)
        if with_dashboards:
            dashboards.show_address(stack, console)


@app.command("dashboards")
def show_dashboards() -> None:
    """Start Superset for the running stack, import the dashboards, and print where to look."""
    with _errors_reported():
        dashboards.show(_running(), console)


@app.command()
def dashboards_export() -> None:
    """Bring what was changed in Superset's editor back into include/superset."""
    with _errors_reported():
        changed = dashboards.export(_running())
        console.print("\n".join(["Changed:", *changed]) if changed else "Nothing was changed.", highlight=False)


@app.command()
def preset() -> None:
    """Push the dashboards to a Preset workspace; the environment names it and holds the token."""
    with _errors_reported():
        try:
            dashboards.preset(caller.ORIGINAL)
        except dashboards.NotSet as error:
            stderr.print(str(error), markup=False, highlight=False)
            raise typer.Exit(2) from None


@app.command()
def reports() -> None:
    """Send the overview by e-mail every Monday, until interrupted; the environment names the recipients and the mail server."""
    with _errors_reported():
        try:
            monday.serve(_running(), caller.ORIGINAL, console)
        except dashboards.NotSet as error:
            stderr.print(str(error), markup=False, highlight=False)
            raise typer.Exit(2) from None


@app.command()
def down() -> None:
    """Stop what the demo left running. The data stays."""
    with _errors_reported():
        stopped = lifecycle.down_all()
        console.print(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running.")


@app.command()
def sql(text: Annotated[str, typer.Argument(help="A query.", envvar="Q")] = "") -> None:
    """Print a query on the local warehouse as CSV."""
    with _errors_reported():
        if not text.strip():
            raise StackError('no query. Remedy: make sql Q="select count(*) from analytics.dim_movie"')
        query.print_csv(_running(), text)


@app.command()
def published() -> None:
    """Print up to which day the tables are published; exit code 1 if yesterday is late (from 11:30 in Seoul on)."""
    with _errors_reported():
        found = publication(lifecycle.open_warehouse(_running()).published_until(), datetime.now(UTC))
        console.print(str(found), soft_wrap=True, highlight=False)
        if found.is_late:
            raise typer.Exit(1)


@app.command()
def rebuild() -> None:
    """Load every capture of the lake into the warehouse again; stopping and repeating it is safe."""
    with _errors_reported():
        lifecycle.rebuild_raw_layer(_running(), console)


def main() -> None:
    """Runs the command; an unexpected error is printed in one line, and written in full to a file."""
    caller.clean_environment()
    os.chdir(ROOT)
    try:
        app()
    except Exception as error:
        file = LOGS / "unexpected-error.log"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(traceback.format_exc())
        what = f"{type(error).__name__}: {error}".strip()
        remedy = f"`make down`, then the command again; {file.relative_to(ROOT)} has the traceback"
        stderr.print(f"error: {what}\nRemedy: {remedy}.", style="bold red", markup=False, highlight=False)
        sys.exit(1)


if __name__ == "__main__":
    main()

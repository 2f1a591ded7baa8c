"""`python -m include.kofic_simulator`: serve the KOFIC API on loopback."""

import os
from pathlib import Path
from typing import Annotated

import typer

from .app import Settings, create_app
from .recordings import NoRecordingsError, load
from .server import address, bind, server_for

cli = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@cli.command()
def main(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes any free one.")] = 0,
    seed: Annotated[int, typer.Option(help="The made-up film world: the same seed gives the same world.")] = 1,
    daily_calls: Annotated[int, typer.Option(min=0, help="Calls that one key may make in a day (Korean time).")] = 3000,
    revisions: Annotated[
        bool, typer.Option(help="Revise the last days by the hour of the call, as KOFIC does; without, they are as they end up.")
    ] = True,
    recordings: Annotated[
        Path | None, typer.Option(help="Serve the *.jsonl.gz of this directory instead of the made-up world.")
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(help="A key to accept; repeatable. It shows in the process list: prefer KOFIC_SIMULATOR_KEYS (a,b,...)."),
    ] = None,
) -> None:
    """A server with the interface of the KOFIC open API (Korean box office).

    It prints its address once it listens; stop it with Ctrl-C.
    """
    accepted = tuple(
        dict.fromkeys(
            text.strip() for text in [*(key or []), *os.environ.get("KOFIC_SIMULATOR_KEYS", "").split(",")] if text.strip()
        )
    )
    if not accepted:
        typer.echo("No key is configured: set KOFIC_SIMULATOR_KEYS to the keys that are accepted (comma separated).", err=True)
        raise typer.Exit(2)
    try:
        recorded = None if recordings is None else load(recordings)
    except NoRecordingsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    try:
        listener = bind(host, port)
    except OSError as error:
        typer.echo(f"Cannot listen on {host}:{port}: {error.strerror}", err=True)
        raise typer.Exit(1) from None
    app = create_app(Settings(keys=accepted, seed=seed, daily_calls=daily_calls, revises=revisions, recordings=recorded))
    listener.listen()
    typer.echo(f"KOFIC simulator listening on {address(listener)}")
    server_for(app).run(sockets=[listener])


if __name__ == "__main__":
    cli(prog_name="python -m include.kofic_simulator")

"""The commands: the bundle into the local Superset, into Preset, and back into the files."""

import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

from rich.console import Console

from include.kofic.calendar import SEOUL
from local import caller, postgres
from local.state import Stack, StackError
from local.superset import bundle, server
from local.superset.api import SupersetApi

LONG_AGO = timedelta(days=30)
"""How old the newest day may be for the dashboards' first period, the twelve months up to yesterday, to show most of a year."""
PRESET = {
    "PRESET_WORKSPACE_URL": "the workspace's address, https://….app.preset.io",
    "PRESET_API_TOKEN": "an API token's name",
    "PRESET_API_SECRET": "its secret",
    "DASHBOARDS_DATABASE_URL": "the warehouse, redshift+psycopg2://user@host:5439/database",
    "DASHBOARDS_DATABASE_PASSWORD": "that user's password",
}


class NotSet(StackError):
    """What the environment must name is missing."""


def local_address(stack: Stack) -> str:
    """The stack's warehouse, as the dashboards' own user reaches it."""
    return f"postgresql+psycopg2://dashboards@127.0.0.1:{stack.ports['postgres']}/warehouse"


def bring(stack: Stack) -> None:
    """Imports the bundle into the stack's Superset, and makes the accounts that go with it. A second time changes nothing."""
    files = bundle.addressed(bundle.read(), local_address(stack))
    newest = _newest_day(stack)
    if newest and newest < datetime.now(SEOUL).date() - LONG_AGO:
        files = bundle.until(files, newest)
    SupersetApi(stack).import_assets(files, {bundle.DATABASE_FILE: stack.secrets["dashboards"]})
    environment = {**server.environment(stack), **server.accounts(stack)}
    server.run_plain("accounts.py", bundle.FIRST, *bundle.dataset_uuids(files), extra=environment)


def _newest_day(stack: Stack) -> date | None:
    """The newest day that the dashboards can show; None before the first build."""
    with closing(postgres.connect(stack, "warehouse", "pipeline")) as connection, connection.cursor() as cursor:
        cursor.execute("select to_regclass('analytics.daily_totals')")
        if cursor.fetchone() == (None,):
            return None
        cursor.execute("select max(target_date) from analytics.daily_totals")
        newest: date | None
        (newest,) = cursor.fetchone() or (None,)
        return newest


def show(stack: Stack, console: Console) -> None:
    """Starts Superset, imports the bundle, and prints where to look."""
    server.start(stack, console)
    bring(stack)
    show_address(stack, console)


@contextmanager
def starting(stack: Stack, console: Console) -> Iterator[None]:
    """Starts Superset while the `with` block runs, and imports the bundle when both are done."""
    with ThreadPoolExecutor(max_workers=1) as other:
        starting = other.submit(server.start, stack, console)
        yield
        starting.result()
    bring(stack)


def show_address(stack: Stack, console: Console) -> None:
    """Prints the address, the administrator's login and the reader's."""
    admin, reader = (f"user {user}, password {stack.secrets[server.PASSWORDS[user]]}" for user in (server.ADMIN, server.READER))
    console.print(f"Superset:  {stack.superset_url}/superset/dashboard/{bundle.FIRST}/  ({admin})", soft_wrap=True)
    console.print(f"           to read only: {reader}", soft_wrap=True)


def export(stack: Stack, folder: Path = bundle.FOLDER) -> list[str]:
    """Brings what the editor changed back into the files; returns the places that changed."""
    exported = SupersetApi(stack).export_dashboards()
    if not exported:
        raise StackError("Superset has no dashboard. Remedy: `make dashboards`.")
    return bundle.write(bundle.normalised(exported, bundle.read(folder)), folder)


def preset(environment: Mapping[str, str]) -> None:
    """Pushes the bundle to a Preset workspace.

    Raises:
        NotSet: the environment lacks something; the message is one line that names it.
        StackError: preset-cli failed.
    """
    missing = [f"{name} ({what})" for name, what in PRESET.items() if not environment.get(name)]
    if missing:
        raise NotSet(f"not set: {'; '.join(missing)}")
    server.install(Console(stderr=True))
    try:
        push({name: environment[name] for name in PRESET})
    except StackError as error:
        raise StackError(f"{error}\nRemedy: check {', '.join(PRESET)}.") from None


def push(settings: Mapping[str, str]) -> str:
    """Pushes the bundle with preset-cli, to a Preset workspace or to any Superset whose login the settings hold."""
    files = bundle.addressed(bundle.read(), settings["DASHBOARDS_DATABASE_URL"])
    with tempfile.TemporaryDirectory() as folder:
        bundle.write_whole(files, Path(folder))
        extra = {**settings, "DASHBOARDS_DATABASE_UUID": bundle.database_uuid(files)}
        proxies = {name: value for name, value in caller.ORIGINAL.items() if name.lower() in {"https_proxy", "ssl_cert_file"}}
        return server.run_plain("push.py", folder, extra={**proxies, **extra})

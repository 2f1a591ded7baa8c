"""`make reports`: the report on Monday, sent for as long as the command runs."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from local import caller, processes
from local.state import ROOT, Stack, StackError
from local.superset import bundle, server
from local.superset.dashboards import NotSet

NEEDED = {
    "SUPERSET_REPORT_TO": "who gets the report: addresses, a comma between them",
    "SUPERSET_SMTP_HOST": "the mail server; TLS is asked of it, except on this machine",
    "SUPERSET_SMTP_FROM": "the sender's address",
}
OPTIONAL = ("SUPERSET_SMTP_PORT", "SUPERSET_SMTP_USER", "SUPERSET_SMTP_PASSWORD")
DRIVER = Path("/usr/bin/chromedriver")


def environment(stack: Stack, mail: Mapping[str, str]) -> dict[str, str]:
    """What Superset's worker gets as environment, with where the mail goes.

    Raises:
        NotSet: `mail` lacks something; the message is one line that names it.
        StackError: there is no browser to draw the picture.
    """
    missing = [f"{name} ({what})" for name, what in NEEDED.items() if not mail.get(name)]
    if missing:
        raise NotSet(f"not set: {'; '.join(missing)}")
    if not DRIVER.exists():
        raise StackError(f"{DRIVER} is missing, which draws the picture. Remedy: apt-get install chromium-driver fonts-noto-cjk.")
    named = {name: mail[name] for name in (*NEEDED, *OPTIONAL) if mail.get(name)}
    users = {**server.accounts(stack), "SUPERSET_ADMIN": server.ADMIN, "SUPERSET_URL": stack.superset_url}
    return {**caller.for_servers(), "NO_PROXY": "127.0.0.1,localhost", **server.environment(stack), **users, **named}


def command() -> list[str]:
    """Superset's worker, with the clock of its schedules."""
    words = ["worker", "--beat", "--pool=solo", "--loglevel=INFO", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    return [str(server.PYTHON), "-I", "-m", "celery", "--app=superset.tasks.celery_app:app", *words]


def serve(stack: Stack, mail: Mapping[str, str], console: Console) -> None:
    """Makes the report and sends it every Monday, until the command is interrupted or the stack goes down.

    Raises:
        NotSet, StackError: as `environment`; or Superset does not run.
    """
    variables = environment(stack, mail)
    if not server.is_healthy(stack):
        raise StackError("Superset does not run. Remedy: `make dashboards`.")
    server.run_plain("report.py", bundle.FIRST, extra=variables)
    console.print(f"Mondays at 11:00 in Seoul, to {mail['SUPERSET_REPORT_TO']}. Ctrl-C ends it.", soft_wrap=True)
    processes.join(stack)
    subprocess.run(command(), env=variables, cwd=ROOT, check=False)

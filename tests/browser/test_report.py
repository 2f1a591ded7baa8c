"""The report on Monday as a mail server receives it: Superset's worker with its clock, a real Chromium, a local SMTP server."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from struct import unpack
from typing import Any

import psutil
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from ephemeral_port_reserve import reserve

from local import postgres, waiting
from local.state import ROOT, Stack, StackError
from local.superset import bundle, dashboards, reports, server
from local.superset.api import SupersetApi
from tests.browser.conftest import Boards

RECIPIENTS = "first@example.org, second@example.org"
SCHEDULES = "select name, crontab, timezone, active, report_format from report_schedule"
CONTENT_HEIGHT = """
() => Math.max(...[...document.querySelectorAll('.grid-row')].map(row => row.getBoundingClientRect().bottom))
    - document.querySelector('.grid-container').getBoundingClientRect().top
"""
"""How high a dashboard is from its first row to the end of its last."""

PNG = b"\x89PNG\r\n\x1a\n"


@dataclass
class Inbox:
    """What a mail server was handed."""

    received: list[tuple[list[str], EmailMessage]] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """One mail, as aiosmtpd hands it over."""
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.received.append((envelope.rcpt_tos, message))
        return "250 OK"


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, int]]:
    """A mail server on this machine, and its port."""
    inbox, port = Inbox(), reserve("127.0.0.1")
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield inbox, port
    controller.stop()


def _in_the_metadata(stack: Stack, statement: str) -> list[tuple[Any, ...]]:
    with closing(postgres.connect(stack, "superset", "superset")) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def mail(inbox: tuple[Inbox, int]) -> dict[str, str]:
    """The environment of who turns the report on."""
    return {
        "SUPERSET_REPORT_TO": RECIPIENTS,
        "SUPERSET_SMTP_HOST": "127.0.0.1",
        "SUPERSET_SMTP_PORT": str(inbox[1]),
        "SUPERSET_SMTP_FROM": "box-office@example.org",
    }


@pytest.fixture
def worker(stack: Stack, mail: dict[str, str]) -> Iterator[Callable[[], str]]:
    """Superset's worker, as `make reports` runs it, with a report that is due each minute; what it wrote so far."""
    variables = reports.environment(stack, mail)
    server.run_plain("report.py", bundle.FIRST, extra=variables)
    _in_the_metadata(stack, "update report_schedule set crontab = '* * * * *'")
    log = stack.log_file("superset-reports")
    with log.open("w") as output:
        process = subprocess.Popen(reports.command(), env=variables, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
        try:
            yield log.read_text
        finally:
            family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
            for each in family:
                each.terminate()
            psutil.wait_procs(family, timeout=waiting.STOPPED)
            _in_the_metadata(stack, "truncate report_schedule cascade")


def test_reports_are_off(stack: Stack, superset: SupersetApi) -> None:
    assert _in_the_metadata(stack, SCHEDULES) == []
    with pytest.raises(StackError, match="HTTP 404"):
        superset.call("GET", "report/")


def test_the_report_is_for_monday_morning_in_seoul_and_made_once(stack: Stack, mail: dict[str, str]) -> None:
    variables = reports.environment(stack, mail)
    for _ in range(2):
        server.run_plain("report.py", bundle.FIRST, extra=variables)
        assert _in_the_metadata(stack, SCHEDULES) == [("월요일 박스오피스", "0 11 * * 1", "Asia/Seoul", True, "PNG")]
    _in_the_metadata(stack, "truncate report_schedule cascade")


@pytest.mark.parametrize("name", reports.NEEDED)
def test_what_the_report_lacks_is_named_in_one_line(stack: Stack, mail: dict[str, str], name: str) -> None:
    with pytest.raises(dashboards.NotSet, match=f"^not set: {name} \\(.*\\)$"):
        reports.environment(stack, {key: value for key, value in mail.items() if key != name})


def test_the_mail_has_the_dashboard_s_picture_and_its_sentence(
    stack: Stack,
    worker: Callable[[], str],
    inbox: tuple[Inbox, int],
    query: Callable[[str], list[tuple[Any, ...]]],
    screenshots: Path,
    wide: Boards,
) -> None:
    (sentence,) = query("select answer_txt from analytics.answers where board_slug = 'overview' and period_nm = '최근 12개월'")[0]

    waiting.until(lambda: inbox[0].received, waiting.STARTED, worker)

    to, message = inbox[0].received[0]
    assert to == RECIPIENTS.split(", ")
    assert message["Subject"] == "[박스오피스] 월요일 박스오피스: 개요"
    body = message.get_body(("html",))
    assert body is not None
    assert sentence in body.get_content()
    assert f"{stack.superset_url}/superset/dashboard/" in body.get_content()
    (picture,) = [each.get_content() for each in message.walk() if each.get_content_type() == "image/png"]
    (screenshots / "report.png").write_bytes(picture)
    assert picture.startswith(PNG)
    width, height = unpack(">II", picture[16:24])
    assert width == 1440
    assert height >= wide(bundle.FIRST).page.evaluate(CONTENT_HEIGHT), "the end is missing"
    assert len(picture) > 100_000, "an empty page is a few kilobytes"
    assert not [name for name, secret in stack.secrets.items() if secret in worker()]

"""The report on Monday: a picture of the overview and the sentences that answer its question, by e-mail.

Superset's own alerts and reports send it (superset.apache.org, "Alerts and Reports"): a worker of Celery with its clock, which
runs only while `make reports` does. Run by Superset's Python, this file makes the report in the metadata.
"""

import html
import json
import os
import sys
from email.mime.multipart import MIMEMultipart
from pathlib import Path
from typing import Any

from celery.schedules import crontab

NAME = "월요일 박스오피스"
WORDS = "그림은 이 메일을 보낸 때의 개요 대시보드입니다. 합계는 조회한 목록에 오른 영화만 더합니다."
MONDAY_MORNING = "0 11 * * 1"
"""In Seoul: half an hour after the day's run begins (dags/box_office_daily.py)."""

A_WEEK = 7 * 24 * 3600
"""Superset computes from it for which minute its clock ticked (CELERY_BEAT_SCHEDULER_EXPIRES)."""

THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
CHROMEDRIVER = "/usr/bin/chromedriver"
"""Where Debian's package has it; it finds the same package's Chromium by itself."""

QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run", "--hide-scrollbars")


class Celery:
    """Superset's queue, in its metadata: for one report a week, another server to run would be one too many."""

    broker_url = f"sqla+{os.environ['SUPERSET_DATABASE_URI']}"
    imports = ("superset.tasks.scheduler",)
    task_ignore_result = True
    # The queue has no broadcasts.
    worker_enable_remote_control = False
    beat_schedule_filename = str(Path(os.environ["SUPERSET_HOME"]) / "celerybeat")
    beat_schedule = {"reports.scheduler": {"task": "reports.scheduler", "schedule": crontab(), "options": {"expires": A_WEEK}}}


def configuration() -> dict[str, Any]:
    """What Superset's configuration has of reports, if SUPERSET_REPORT_TO names recipients; else nothing, and they are off."""
    if not os.environ.get("SUPERSET_REPORT_TO"):
        return {}
    from superset.tasks.types import FixedExecutor

    host, address = os.environ["SUPERSET_SMTP_HOST"], os.environ["SUPERSET_URL"]
    return {
        "CELERY_CONFIG": Celery,
        # The picture is what the reader's account sees.
        "ALERT_REPORTS_EXECUTORS": [FixedExecutor(os.environ["SUPERSET_READER"])],
        "EMAIL_HEADER_MUTATOR": with_sentences,
        "EMAIL_REPORTS_CTA": "대시보드 열기",
        "EMAIL_REPORTS_SUBJECT_PREFIX": "[박스오피스]",
        "SMTP_HOST": host,
        "SMTP_PORT": int(os.environ.get("SUPERSET_SMTP_PORT") or 587),
        "SMTP_MAIL_FROM": os.environ["SUPERSET_SMTP_FROM"],
        "SMTP_USER": os.environ.get("SUPERSET_SMTP_USER", ""),
        "SMTP_PASSWORD": os.environ.get("SUPERSET_SMTP_PASSWORD", ""),
        "SMTP_STARTTLS": host not in THIS_MACHINE,
        "SMTP_SSL_SERVER_AUTH": True,
        "WEBDRIVER_TYPE": "chrome",
        "WEBDRIVER_BASEURL": f"{address}/",
        "WEBDRIVER_BASEURL_USER_FRIENDLY": f"{address}/",
        "WEBDRIVER_CONFIGURATION": {"options": {}, "service": {"executable_path": CHROMEDRIVER}},
        # Chromium's sandbox refuses to run as root.
        "WEBDRIVER_OPTION_ARGS": ["--headless", "--lang=ko", *QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])],
        "WEBDRIVER_WINDOW": {"dashboard": (1440, 2800), "slice": (1440, 900), "pixel_density": 1},
    }


def with_sentences(message: MIMEMultipart, **about: Any) -> MIMEMultipart:
    """A dashboard's mail, its picture preceded by the sentences that answer the dashboard's question."""
    from superset import db
    from superset.models.dashboard import Dashboard

    if about.get("dashboard_id"):
        words = "".join(f"<p>{html.escape(each)}</p>" for each in _sentences(db.session.get(Dashboard, about["dashboard_id"])))
        body = message.get_payload(0)
        text = body.get_payload(decode=True).decode()
        del body["Content-Transfer-Encoding"]
        body.set_payload(text.replace("<body>", f"<body>{words}", 1), "utf-8")
    return message


def _sentences(dashboard: Any) -> list[str]:
    """What the mart `answers` says of the last twelve months, as the dashboard itself does."""
    slug = dashboard.slug.replace("'", "''")
    query = f"select answer_txt from analytics.answers where board_slug = '{slug}' and period_nm = '최근 12개월'"
    database = next(iter(dashboard.datasources)).database
    return [str(each) for each in database.get_df(query, schema="analytics")["answer_txt"]]


def make(first: str) -> None:
    """The report of the dashboard `first` to the recipients, as it stands here. Must run in the application's context."""
    from superset import db, security_manager
    from superset.models.dashboard import Dashboard
    from superset.reports.models import (
        ReportCreationMethod,
        ReportDataFormat,
        ReportRecipients,
        ReportRecipientType,
        ReportSchedule,
        ReportScheduleType,
    )

    report = db.session.query(ReportSchedule).filter_by(name=NAME).one_or_none() or ReportSchedule(name=NAME)
    report.type, report.report_format = ReportScheduleType.REPORT, ReportDataFormat.PNG
    report.creation_method, report.active = ReportCreationMethod.ALERTS_REPORTS, True
    report.description, report.dashboard = WORDS, Dashboard.get(first)
    report.crontab, report.timezone = MONDAY_MORNING, "Asia/Seoul"
    report.owners = [security_manager.find_user(os.environ["SUPERSET_ADMIN"])]
    target = json.dumps({"target": os.environ["SUPERSET_REPORT_TO"]})
    report.recipients = [ReportRecipients(type=ReportRecipientType.EMAIL, recipient_config_json=target)]
    db.session.add(report)
    db.session.commit()


def main(first: str) -> None:
    """Makes it in an application of its own. A second time changes nothing."""
    from superset.app import create_app

    with create_app().app_context():
        make(first)


if __name__ == "__main__":
    main(sys.argv[1])

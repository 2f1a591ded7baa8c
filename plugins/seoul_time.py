"""Airflow's pages show Seoul's time, as everything else of the project does, until a person picks another zone in their menu.

Airflow 3.3 has no setting for it: a page starts in the zone of the browser's machine, or in the one that a person picked before,
which it keeps in the browser under the name `timezone`.
"""

from airflow.plugins_manager import AirflowPlugin
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEAD = b"<head>"
_PICK = b"""<script>localStorage.getItem("timezone") || localStorage.setItem("timezone", '"Asia/Seoul"')</script>"""


class SeoulTime:
    """Middleware that puts the choice into the head of a page, before Airflow's own script reads it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on; the beginning of a page waits until it is known how long the page is."""
        start: Message | None = None

        async def sent(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_page(message):
                start = message
                return
            if start is not None:
                beginning, start = start, None
                # Airflow's page comes in one piece; the login page of FAB, in several, shows no time.
                if _HEAD in message.get("body", b"") and not message.get("more_body"):
                    message = {**message, "body": message["body"].replace(_HEAD, _HEAD + _PICK, 1)}
                    MutableHeaders(raw=beginning["headers"])["content-length"] = str(len(message["body"]))
                await send(beginning)
            await send(message)

        await self._app(scope, receive, sent)


def _is_page(start: Message) -> bool:
    return MutableHeaders(raw=start["headers"]).get("content-type", "").startswith("text/html")


class SeoulTimePlugin(AirflowPlugin):
    """What Airflow finds in the folder of plugins."""

    name = "seoul_time"
    fastapi_root_middlewares = [{"middleware": SeoulTime, "args": [], "kwargs": {}, "name": "Seoul's time"}]

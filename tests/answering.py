"""A server in this process that returns whatever reply a test sets."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from include.kofic_simulator.server import running


class Server:
    """Answers every call with `answer`, or by its parameters with `answer_to`, and remembers what it was asked."""

    url: str

    def __init__(self) -> None:
        self.answer: Callable[[], Response] = lambda: Response("{}")
        self.answer_to: Callable[[Request], Response] = lambda request: self.answer()
        self.asked: list[Request] = []

    async def __call__(self, request: Request) -> Response:
        self.asked.append(request)
        return self.answer_to(request)


@contextmanager
def answering() -> Iterator[Server]:
    """A server on a port of its own."""
    server = Server()
    with running(Starlette(routes=[Route("/{path:path}", server.__call__)])) as url:
        server.url = url
        yield server


def box_office(*rows: object, day: str = "") -> bytes:
    """A box-office reply, of a day in any form that `showRange` may have; without one it says none."""
    shown = {"showRange": day} if day else {}
    return json.dumps({"boxOfficeResult": {**shown, "dailyBoxOfficeList": list(rows)}}, ensure_ascii=False).encode()


def film(**info: object) -> bytes:
    """A film's reply."""
    return json.dumps({"movieInfoResult": {"movieInfo": info}}, ensure_ascii=False).encode()

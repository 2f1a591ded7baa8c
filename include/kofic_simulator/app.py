"""The HTTP application: the API's nine paths, and `/admin` for tests.

A call is checked as the API does: key, quota, parameters; then it is answered, or returns the fault that a test has set.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from .clock import KST, Clock
from .faults import BadPlanError, Plan, fault_reply, plan_from, spoil
from .params import ENDPOINTS, INVALID_KEY, QUOTA_USED_UP, ParameterError, check, known
from .quota import Quota
from .recordings import Recordings, find
from .replies import reply, reply_about_nothing

API_ROOT = "/kobisopenapi/webservice/rest"
HOLD_SECONDS = 60.0
"""How long a "timeout" holds the connection open before it gives up with status 504."""
OVERSIZE_BYTES = 32 * 1024 * 1024
"""The least size of an "oversize" reply: valid JSON behind that many blanks, sent without a Content-Length."""


@dataclass(frozen=True)
class Settings:
    """The accepted keys, the world's seed, the calls per key and KST day, and recorded replies to serve instead of the world.

    With `revises` the made-up world's last days change by the hour of the capture, as KOFIC's do.
    """

    keys: tuple[str, ...]
    seed: int = 1
    daily_calls: int = 3000
    revises: bool = True
    recordings: Recordings | None = None


class Simulator:
    """The state of one running simulator, and its request handlers."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = Clock()
        self.quota = Quota(settings.daily_calls)
        self.plan = Plan()
        self._key_places = {key: index for index, key in enumerate(settings.keys)}
        self.reset_stats()
        self._under_way = 0

    def reset_stats(self) -> None:
        """Forget the calls seen so far (not the quota)."""
        self.per_endpoint: Counter[str] = Counter()
        self.per_key: Counter[int] = Counter()
        self.faults: Counter[str] = Counter()
        self.refused_keys = 0
        self.most_under_way = 0
        self.first_call: datetime | None = None
        self.last_call: datetime | None = None

    async def call(self, request: Request, endpoint: str) -> Response:
        """Answer one call of the API."""
        self._under_way += 1
        self.most_under_way = max(self.most_under_way, self._under_way)
        self.last_call = datetime.now(KST)
        self.first_call = self.first_call or self.last_call
        self.per_endpoint[endpoint] += 1
        try:
            return await self._answer(request, endpoint)
        finally:
            self._under_way -= 1

    async def _answer(self, request: Request, endpoint: str) -> Response:
        key_place = self._key_places.get(request.query_params.get("key", ""))
        if key_place is None:
            self.refused_keys += 1
            return _json(fault_reply(*INVALID_KEY))
        self.per_key[key_place] += 1
        now = self.clock.now()
        if not self.quota.take(key_place, now.date()):
            return _json(fault_reply(*QUOTA_USED_UP))
        fault = self.plan.draw(self.settings.seed, self.per_endpoint.total())
        if fault:
            self.faults[fault] += 1
        if self.plan.latency_seconds:
            await asyncio.sleep(self.plan.latency_seconds)
        params = known(endpoint, request.query_params)
        try:
            check(endpoint, params)
        except ParameterError as error:
            body = json.dumps(fault_reply(error.code, error.message), ensure_ascii=False).encode()
        else:
            body = await self._body(endpoint, params, now, fault)
        return await _deliver(request, body, fault)

    async def _body(self, endpoint: str, params: dict[str, str], now: datetime, fault: str | None) -> bytes:
        if fault == "empty":
            content = reply_about_nothing(endpoint, params)
        elif self.settings.recordings is not None:
            recorded = find(self.settings.recordings, endpoint, params)
            if recorded is not None and fault not in _SPOILING:
                return recorded
            content = reply_about_nothing(endpoint, params) if recorded is None else json.loads(recorded)
        elif endpoint.startswith("boxoffice/"):
            content = reply(self.settings.seed, endpoint, params, now, self.settings.revises)
        else:
            content = await run_in_threadpool(reply, self.settings.seed, endpoint, params, now)
        if fault in _SPOILING:
            content = spoil(content, fault)
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()

    async def put_faults(self, request: Request) -> Response:
        """Replace the coming faults."""
        try:
            self.plan = plan_from(await request.json())
        except ValueError as error:
            return _refuse(str(error) if isinstance(error, BadPlanError) else "send a JSON object")
        return JSONResponse(self.plan.as_json())

    async def delete_faults(self, request: Request) -> Response:
        """Clear the faults."""
        self.plan = Plan()
        return JSONResponse(self.plan.as_json())

    async def get_stats(self, request: Request) -> Response:
        """What has been called. Times are real ones in KST; calls_used is counted by the simulator's own clock."""
        used = self.quota.used(self.clock.now().date())
        return JSONResponse(
            {
                "calls": self.per_endpoint.total(),
                "calls_per_endpoint": dict(self.per_endpoint),
                "calls_per_key": {str(index): self.per_key[index] for index in range(len(self.settings.keys))},
                "refused_keys": self.refused_keys,
                "faults": dict(self.faults),
                "max_concurrent": self.most_under_way,
                "first_call": self.first_call and self.first_call.isoformat(),
                "last_call": self.last_call and self.last_call.isoformat(),
                "calls_used": sum(used.values()),
                "calls_used_per_key": {str(index): used.get(index, 0) for index in range(len(self.settings.keys))},
                "daily_calls": self.quota.daily_calls,
                "now": self.clock.now().isoformat(),
            }
        )

    async def delete_stats(self, request: Request) -> Response:
        """Start counting anew (the quota stays)."""
        self.reset_stats()
        return await self.get_stats(request)

    async def put_quota(self, request: Request) -> Response:
        """Set the calls a key has in a day, the calls every key has used today, or both."""
        body = await _object(request, {"daily_calls", "used"})
        if body is None or not all(
            isinstance(value, int) and not isinstance(value, bool) and value >= 0 for value in body.values()
        ):
            return _refuse('send {"daily_calls": n, "used": n}: whole numbers from 0, either or both')
        self.quota.daily_calls = body.get("daily_calls", self.quota.daily_calls)
        if "used" in body:
            self.quota.set_used(len(self.settings.keys), body["used"], self.clock.now().date())
        return await self.get_stats(request)

    async def put_clock(self, request: Request) -> Response:
        """Stop the clock at a moment, or let it run again."""
        body = await _object(request, {"now"})
        try:
            moment = None if body is None or body["now"] is None else datetime.fromisoformat(body["now"])
        except (KeyError, TypeError, ValueError):
            body = moment = None
        if body is None or (moment is not None and moment.tzinfo is None):
            return _refuse('send {"now": "2024-05-02T10:30:00+09:00"} (with a time zone) or {"now": null}')
        self.clock.set(moment)
        return JSONResponse({"now": self.clock.now().isoformat()})


_SPOILING = frozenset({"unwrapped", "broken_record", "new_field", "missing_field", "other_answer"})


def _json(content: dict[str, Any]) -> Response:
    return Response(
        json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(), media_type="application/json;charset=utf-8"
    )


def _refuse(why: str) -> Response:
    return JSONResponse({"error": why}, status_code=400)


async def _object(request: Request, names: set[str]) -> dict[str, Any] | None:
    try:
        body = await request.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) and set(body) <= names else None


async def _hold(request: Request) -> Response:
    """Say nothing until the client goes away or HOLD_SECONDS have passed."""
    try:
        async with asyncio.timeout(HOLD_SECONDS):
            while (await request.receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        pass
    return PlainTextResponse("", status_code=504)


async def _padded(body: bytes) -> AsyncIterator[bytes]:
    chunk = b" " * 65536
    for _ in range(OVERSIZE_BYTES // len(chunk)):
        yield chunk
    yield body


async def _deliver(request: Request, body: bytes, fault: str | None) -> Response:
    media_type = "application/json;charset=utf-8"
    if fault == "timeout":
        return await _hold(request)
    if fault == "403":
        return PlainTextResponse("Forbidden", status_code=403)
    if fault == "503":
        return PlainTextResponse("Service Unavailable", status_code=503)
    if fault == "429":
        return PlainTextResponse("Too Many Requests", status_code=429, headers={"Retry-After": "1"})
    if fault == "html":
        return Response(
            "<!DOCTYPE html><html><head><title>Error</title></head><body>점검 중입니다.</body></html>", media_type="text/html"
        )
    if fault == "redirect":
        return RedirectResponse("/kobisopenapi/homepg/main/main.do", status_code=302)
    if fault == "xml_fault":
        code, message = INVALID_KEY
        content = f"<faultInfo><message>{message}</message><errorCode>{code}</errorCode></faultInfo>"
        return Response(f'<?xml version="1.0" encoding="UTF-8"?>{content}', media_type="text/xml")
    if fault == "wrapped_fault":
        return _json({"faultResult": fault_reply(*INVALID_KEY)})
    if fault == "raw_control":
        # No blank stands outside a string: bodies are written without them.
        return Response(body.replace(b" ", b"\t\n"), media_type=media_type)
    if fault == "truncate":
        return Response(body[: len(body) // 2], media_type=media_type)
    if fault == "oversize":
        return StreamingResponse(_padded(body), media_type=media_type)
    return Response(body, media_type=media_type)


def _route(simulator: Simulator, endpoint: str) -> Route:
    async def handle(request: Request) -> Response:
        return await simulator.call(request, endpoint)

    return Route(f"{API_ROOT}/{endpoint}.json", handle, methods=["GET"])


async def _healthz(request: Request) -> Response:
    return JSONResponse({"status": "ok"})


def create_app(settings: Settings) -> Starlette:
    """The simulator as an ASGI application; its state is `app.state.simulator`."""
    simulator = Simulator(settings)
    admin: tuple[tuple[str, str, Callable[[Request], Awaitable[Response]]], ...] = (
        ("PUT", "faults", simulator.put_faults),
        ("DELETE", "faults", simulator.delete_faults),
        ("GET", "stats", simulator.get_stats),
        ("DELETE", "stats", simulator.delete_stats),
        ("PUT", "quota", simulator.put_quota),
        ("PUT", "clock", simulator.put_clock),
    )
    app = Starlette(
        routes=[
            *(_route(simulator, endpoint) for endpoint in ENDPOINTS),
            *(Route(f"/admin/{name}", handler, methods=[method]) for method, name, handler in admin),
            Route("/healthz", _healthz),
        ]
    )
    app.state.simulator = simulator
    return app

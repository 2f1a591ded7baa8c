"""Asks the KOFIC open API: a steady rate, bounded concurrency, retries of what can pass, faults as exceptions.

The API takes its key as a query parameter, and httpx logs whole URLs at INFO. So the key is added below httpx's
logging and error texts, in the transport: no request object, log line or exception above it ever holds the key. A
reply that echoes the key is masked before anything reads it.

A reply is not trusted: its size (packed and unpacked), its time, its nesting and its encoding are bounded, and a
redirect is not followed.
"""

import asyncio
import json
import logging
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from types import MappingProxyType, TracebackType
from typing import Any, Self

import httpx
from aiolimiter import AsyncLimiter
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from include.kofic import errors
from include.kofic.secret import Secret

log = logging.getLogger(__name__)

KOFIC_URL = "https://www.kobis.or.kr"
DAILY_BOX_OFFICE = "boxoffice/searchDailyBoxOfficeList"
MOVIE_INFO = "movie/searchMovieInfo"

DEEPEST = 32
"""Levels of nesting that a reply may have. KOFIC's deepest recorded one has 5; json and Arrow recurse a level each."""

_REST = "/kobisopenapi/webservice/rest"
_WRAPPERS: Mapping[str, tuple[str, str, type]] = MappingProxyType(
    {
        DAILY_BOX_OFFICE: ("boxOfficeResult", "dailyBoxOfficeList", list),
        MOVIE_INFO: ("movieInfoResult", "movieInfo", dict),
    }
)
"""By endpoint: the reply's wrapper, the part of it that holds the answer, and what that part is."""


@dataclass(frozen=True)
class ClientSettings:
    """How the API is asked. The defaults are gentle enough for a public API that answers about twice a second.

    `calls_per_second` and `at_once` bound the pace; times are in seconds, `reply_timeout` for one whole reply, however
    slowly it drips; `max_bytes` bounds one unpacked reply (the largest recorded one, a film of 1,107 staff, has 165 KB).
    """

    key: Secret
    base_url: str = KOFIC_URL
    at_once: int = 4
    calls_per_second: float = 5.0
    connect_timeout: float = 5.0
    read_timeout: float = 15.0
    reply_timeout: float = 60.0
    attempts: int = 5
    longest_pause: float = 30.0
    max_bytes: int = 5_000_000

    def __post_init__(self) -> None:
        if not self.key.reveal():
            raise errors.BadSetting("there is no API key. Remedy: set the password of the Airflow connection `kofic`.")
        if self.at_once < 1 or self.calls_per_second <= 0 or self.attempts < 1:
            raise errors.BadSetting("at_once, calls_per_second and attempts of the connection `kofic` must be above zero.")
        url = httpx.URL(self.base_url)
        if url.scheme != "https" and not (url.scheme == "http" and _stays_near(url.host)):
            raise errors.BadSetting(
                f"the key would travel to {url.host or 'no host'} unencrypted. Remedy: write the host of the connection `kofic` "
                f"with https://, for example {KOFIC_URL}."
            )


def _stays_near(host: str) -> bool:
    """Whether a call stays on this machine or its private network: such an address, or a name without a dot (a container's)."""
    try:
        address = ip_address(host)
    except ValueError:
        return bool(host) and "." not in host
    return address.is_private


@dataclass(frozen=True)
class Reply:
    """One answered question. `params` are as sent, without the key; `answer` is the part below the wrapper."""

    endpoint: str
    params: Mapping[str, str]
    answer: Any
    captured_at: datetime
    attempts: int
    elapsed_ms: int


class _KeyAdding(httpx.AsyncBaseTransport):
    def __init__(self, key: Secret, inner: httpx.AsyncBaseTransport) -> None:
        self._key = key
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        keyed = httpx.Request(
            request.method,
            request.url.copy_merge_params({"key": self._key.reveal()}),
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        return await self._inner.handle_async_request(keyed)

    async def aclose(self) -> None:
        await self._inner.aclose()


@dataclass
class KoficClient:
    """An open line to the API; use it as an asynchronous context manager."""

    settings: ClientSettings
    _http: httpx.AsyncClient = field(init=False, repr=False)
    _pace: AsyncLimiter = field(init=False, repr=False)

    async def __aenter__(self) -> Self:
        settings = self.settings
        limits = httpx.Limits(max_connections=settings.at_once, max_keepalive_connections=settings.at_once)
        self._http = httpx.AsyncClient(
            base_url=settings.base_url,
            transport=_KeyAdding(settings.key, httpx.AsyncHTTPTransport(limits=limits, trust_env=False)),
            timeout=httpx.Timeout(settings.read_timeout, connect=settings.connect_timeout, pool=None),
            headers={"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "kofic-box-office"},
            follow_redirects=False,
        )
        # A burst of one: AsyncLimiter's bucket would otherwise let a second's worth of calls through at once.
        self._pace = AsyncLimiter(1, 1 / settings.calls_per_second)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._http.aclose()

    async def ask(self, endpoint: str, params: Mapping[str, str]) -> Reply:
        """The reply to one question, after as many tries as the settings allow.

        Raises:
            errors.Passing: every try failed with a fault of the moment; this is the last one.
            errors.Lasting: the API refused the question; it was asked once.
        """
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(errors.Passing),
            stop=stop_after_attempt(self.settings.attempts),
            wait=wait_random_exponential(multiplier=0.5, max=self.settings.longest_pause),
            before_sleep=_tell(endpoint, params),
            reraise=True,
        )
        async for attempt in retrying:
            with attempt:
                started = time.monotonic()
                body = await self._fetch(endpoint, params)
                return Reply(
                    endpoint=endpoint,
                    params=MappingProxyType(dict(params)),
                    answer=unwrap(endpoint, body),
                    captured_at=datetime.now(UTC),
                    attempts=attempt.retry_state.attempt_number,
                    elapsed_ms=round((time.monotonic() - started) * 1000),
                )
        raise AssertionError("tenacity either returns an attempt or raises")

    async def _fetch(self, endpoint: str, params: Mapping[str, str]) -> bytes:
        question = _question(endpoint, params)
        await self._pace.acquire()
        try:
            async with (
                asyncio.timeout(self.settings.reply_timeout),
                self._http.stream("GET", f"{_REST}/{endpoint}.json", params=dict(params)) as response,
            ):
                self._refuse_status(question, response)
                body = await self._body(question, response)
        except (httpx.HTTPError, TimeoutError) as error:
            raise errors.NoAnswer(
                f"{question}: no answer ({type(error).__name__}). Remedy: try again; if it lasts, see whether the API is up."
            ) from None
        return body.replace(self.settings.key.reveal().encode(), b"***")

    async def _body(self, question: str, response: httpx.Response) -> bytes:
        """The unpacked body. httpx would unpack each piece whole before it can be measured: 64 KB of gzip can hold 64 MB."""
        unpack = _unpacker(question, response.headers.get("Content-Encoding", ""))
        most = self.settings.max_bytes
        body = bytearray()
        async for piece in response.aiter_raw():
            try:
                body += unpack(piece, most - len(body) + 1)
            except zlib.error:
                raise errors.BrokenReply(
                    f"{question}: the body is not the gzip it says it is. Remedy: try again later."
                ) from None
            if len(body) > most:
                raise errors.OversizeReply(
                    f"{question}: the body is larger than {most} bytes. Remedy: look at the endpoint in a browser; raise "
                    "`max_bytes` in the extra of the connection `kofic` if it is right."
                )
        return bytes(body)

    def _refuse_status(self, question: str, response: httpx.Response) -> None:
        status = response.status_code
        if status == 429 or status >= 500:
            raise errors.ServerTrouble(f"{question}: HTTP {status}. Remedy: try again later; if it lasts, lower the rate.")
        if response.is_redirect:
            raise errors.Redirected(
                f"{question}: a redirect, which would take the key to another address. Remedy: check the host of the "
                "connection `kofic`."
            )
        if status != 200:
            raise errors.RefusedReply(f"{question}: HTTP {status}. Remedy: check the host of the connection `kofic`.")


def _unpacker(question: str, encoding: str) -> Callable[[bytes, int], bytes]:
    """A function that unpacks the next piece of a body, to at most as many bytes as it is told (one or more)."""
    match encoding.strip().lower():
        case "" | "identity":
            return lambda piece, most: piece[:most]
        case "gzip":
            return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress
    raise errors.RefusedEncoding(
        f"{question}: the body is packed as {errors.shown(encoding)}, which was not asked for. Remedy: check the host of the "
        "connection `kofic`, and proxies on the way."
    )


def unwrap(endpoint: str, body: bytes) -> Any:
    """The answer inside a reply's wrapper: a list of rows, or a film's fields.

    Raises:
        errors.BrokenReply: not a JSON object (truncated, HTML).
        errors.Lasting: a fault of the API, nesting beyond any reply's, or an object without the endpoint's wrapper.
    """
    try:
        decoded = json.loads(body)
    except RecursionError:
        raise _too_deep(endpoint) from None
    except ValueError:
        raise errors.BrokenReply(
            f"{endpoint}: the body is not JSON ({len(body)} bytes). Remedy: try again; if it lasts, the API is in trouble."
        ) from None
    if _is_deeper(decoded, DEEPEST):
        raise _too_deep(endpoint)
    if not isinstance(decoded, dict):
        raise errors.BrokenReply(f"{endpoint}: the body is JSON but no object. Remedy: try again later.")
    if isinstance(found := decoded.get("faultInfo"), dict):
        raise errors.fault(str(found.get("errorCode", "")).strip(), str(found.get("message", "")).strip())
    wrapper, part, kind = _WRAPPERS[endpoint]
    result = decoded.get(wrapper)
    if not isinstance(result, dict) or part not in result:
        held = errors.shown(", ".join(sorted(decoded)[:5]))
        raise errors.UnexpectedReply(
            f"{endpoint}: the reply has no {wrapper}.{part} (it has: {held or 'nothing'}). "
            "This is not an empty answer. Remedy: see whether KOFIC changed the API."
        )
    answer = result[part]
    # What the API says of an unknown film is not recorded anywhere: null is taken as "no such film", as "" fields are.
    if answer is None and kind is dict:
        return {}
    if not isinstance(answer, kind):
        raise errors.UnexpectedReply(f"{endpoint}: {wrapper}.{part} is no {kind.__name__}. Remedy: see whether KOFIC changed it.")
    return answer


def _is_deeper(value: Any, most: int) -> bool:
    level = [value]
    for _ in range(most):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return any(isinstance(each, dict | list) for each in level)


def _too_deep(endpoint: str) -> errors.DeepReply:
    return errors.DeepReply(
        f"{endpoint}: the body is nested deeper than {DEEPEST} levels. Remedy: look at the endpoint in a browser; check the host "
        "of the connection `kofic`."
    )


def _question(endpoint: str, params: Mapping[str, str]) -> str:
    return f"{endpoint}({', '.join(f'{name}={value}' for name, value in params.items())})"


def _tell(endpoint: str, params: Mapping[str, str]) -> Any:
    def tell(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        pause = state.next_action.sleep if state.next_action else 0.0
        log.warning("try %d failed, next in %.1f s: %s", state.attempt_number, pause, error or _question(endpoint, params))

    return tell

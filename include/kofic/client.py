"""A client of the KOFIC open API: a steady rate, bounded concurrency, retries of transient errors, faults as exceptions.

The API takes its key as a query parameter, and httpx logs whole URLs at INFO. So the key is added below httpx's
logging and error texts, in the transport: no request object, log line or exception above it ever holds the key. A
reply that echoes the key is masked before anything reads it.

A reply is not trusted: its size (compressed and not), duration, nesting and encoding are bounded, and redirects are
not followed. What a reply says is read in `replies.py`; connections are set up and diagnosed in `way.py`.
"""

import asyncio
import logging
import re
import time
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType, TracebackType
from typing import Any, Self

import httpx
from aiolimiter import AsyncLimiter
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from include.kofic import errors, way
from include.kofic.replies import KEPT_BYTES, Reply, fault_in, unwrap
from include.kofic.secret import Secret

log = logging.getLogger(__name__)

KOFIC_URL = "https://www.kobis.or.kr"
_REST = "/kobisopenapi/webservice/rest"
_CUT_BYTES = 2 * KEPT_BYTES
"""How much is read of a body whose beginning is kept: more than that, so that a key at its end is masked whole."""


@dataclass(frozen=True)
class ClientSettings:
    """How the API is called. The defaults suit a public API that answers about twice a second.

    `calls_per_second` and `concurrency` bound the pace; times are in seconds, `reply_timeout` for one whole reply, however
    slowly it arrives; `longest_pause` bounds the pause before another try, `Retry-After` included;
    `max_bytes` bounds one uncompressed reply (the largest recorded one, a film of 1,107 staff, has 165 KB). `ca_file` is a PEM
    file of the authorities to trust instead of certifi's, `proxy` the URL of an HTTP proxy.
    """

    key: Secret
    base_url: str = KOFIC_URL
    concurrency: int = 4
    calls_per_second: float = 5.0
    connect_timeout: float = 5.0
    read_timeout: float = 15.0
    reply_timeout: float = 60.0
    attempts: int = 5
    longest_pause: float = 30.0
    max_bytes: int = 5_000_000
    ca_file: str | None = None
    proxy: Secret | None = None

    def __post_init__(self) -> None:
        if not self.key.reveal():
            raise errors.BadSetting("there is no API key. Remedy: set the password of the Airflow connection `kofic`.")
        if self.concurrency < 1 or self.calls_per_second <= 0 or self.attempts < 1:
            raise errors.BadSetting(
                "concurrency, calls_per_second and attempts must be above zero. Remedy: correct them in the extra of `kofic`."
            )
        url, proxy = httpx.URL(self.base_url), way.proxy_address(self.proxy)
        for hop in (url, proxy):
            if url.scheme != "https" and hop and not (url.scheme == "http" and way.is_local(hop.host)):
                raise errors.BadSetting(
                    f"the key would be sent to {hop.host or 'no host'} unencrypted. Remedy: write the host of the connection "
                    f"`kofic` with https://, for example {KOFIC_URL}."
                )


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
    """A session with the API; use it as an asynchronous context manager.

    Raises, on entering:
        errors.BadSetting: `ca_file` holds no certificate.
    """

    settings: ClientSettings
    _http: httpx.AsyncClient = field(init=False, repr=False)
    _pace: AsyncLimiter = field(init=False, repr=False)
    _quiet_until: float = field(init=False, repr=False, default=0.0)

    async def __aenter__(self) -> Self:
        settings = self.settings
        limits = httpx.Limits(max_connections=settings.concurrency, max_keepalive_connections=settings.concurrency)
        self._http = httpx.AsyncClient(
            base_url=settings.base_url,
            transport=_KeyAdding(settings.key, way.transport(settings.ca_file, settings.proxy, limits)),
            timeout=httpx.Timeout(settings.read_timeout, connect=settings.connect_timeout, pool=None),
            headers={"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "kofic-box-office"},
            follow_redirects=False,
        )
        # A burst of one: AsyncLimiter's bucket would otherwise let a second's worth of calls through at once.
        self._pace = AsyncLimiter(1, 1 / settings.calls_per_second)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._http.aclose()

    async def get(self, endpoint: str, params: Mapping[str, str]) -> Reply:
        """The reply to one request, after as many tries as the settings allow.

        Raises:
            errors.TransientError: every try failed; this is the last error.
            errors.PermanentError: the API refused the request; it is not retried.
        """
        backoff = wait_random_exponential(multiplier=0.5, max=self.settings.longest_pause)
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(errors.TransientError),
            stop=stop_after_attempt(self.settings.attempts),
            wait=lambda state: max(backoff(state), self._requested_pause(_error_of(state))),
            before_sleep=_log_retry,
            reraise=True,
        )
        async for attempt in retrying:
            with attempt:
                await self._wait_for_turn()
                started = time.monotonic()
                try:
                    answer = await self._fetch_and_parse(endpoint, params)
                except errors.RequestError as error:
                    error.request = _request(endpoint, params)
                    error.attempts = attempt.retry_state.attempt_number
                    error.elapsed_ms = _milliseconds_since(started)
                    self._quiet_until = max(self._quiet_until, time.monotonic() + self._requested_pause(error))
                    raise
                return Reply(
                    endpoint=endpoint,
                    params=MappingProxyType(dict(params)),
                    answer=answer,
                    captured_at=datetime.now(UTC),
                    attempts=attempt.retry_state.attempt_number,
                    elapsed_ms=_milliseconds_since(started),
                )
        raise AssertionError("tenacity either returns an attempt or raises")

    def _requested_pause(self, error: BaseException | None) -> float:
        """The pause in seconds that the server requested (`Retry-After`), bounded by the settings."""
        return min(getattr(error, "retry_after", 0.0), self.settings.longest_pause)

    async def _wait_for_turn(self) -> None:
        """Waits for the rate limit, and for the end of a pause that the server requested of any caller."""
        await self._pace.acquire()
        while (pause := self._quiet_until - time.monotonic()) > 0:
            await asyncio.sleep(pause)
            await self._pace.acquire()

    async def _fetch_and_parse(self, endpoint: str, params: Mapping[str, str]) -> Any:
        body = b""
        try:
            body = await self._fetch(endpoint, params)
            return unwrap(endpoint, body, params)
        except errors.RequestError as error:
            error.body = self._masked(error.body or body)[:KEPT_BYTES]
            raise

    async def _fetch(self, endpoint: str, params: Mapping[str, str]) -> bytes:
        try:
            async with (
                asyncio.timeout(self.settings.reply_timeout),
                self._http.stream("GET", f"{_REST}/{endpoint}.json", params=dict(params)) as response,
            ):
                if refusal := _refusal(response):
                    raise await self._with_body(refusal, response)
                return self._masked(await self._body(response))
        except (httpx.HTTPError, TimeoutError) as error:
            url, proxy = httpx.URL(self.settings.base_url), way.proxy_address(self.settings.proxy)
            raise way.connection_error(error, url, proxy) or errors.Unavailable(
                f"no answer ({type(error).__name__})", "try again; if it persists, see whether the API is up"
            ) from None

    def _masked(self, body: bytes) -> bytes:
        return body.replace(self.settings.key.reveal().encode(), b"***")

    async def _with_body(self, refusal: errors.RequestError, response: httpx.Response) -> errors.KoficError:
        """The refusal with the start of its body; or the fault of the key or quota, if that is what the body holds."""
        with suppress(errors.RequestError, httpx.HTTPError):
            refusal.body = await self._body(response, is_cut=True)
        fault = fault_in(self._masked(refusal.body))
        return fault if isinstance(fault, errors.InvalidKey | errors.QuotaSpent) else refusal

    async def _body(self, response: httpx.Response, is_cut: bool = False) -> bytes:
        """The decompressed body, or its start. httpx would decompress each chunk whole before it can be measured: 64 KB of gzip
        can hold 64 MB.
        """
        unpack = _unpacker(response.headers.get("Content-Encoding", ""))
        most = _CUT_BYTES if is_cut else self.settings.max_bytes
        body = bytearray()
        async for piece in response.aiter_raw():
            try:
                body += unpack(piece, most - len(body) + 1)
            except zlib.error:
                raise errors.Unavailable("the body is not the gzip it says it is", "try again later") from None
            if len(body) > most:
                if is_cut:
                    break
                raise _oversize(body, most)
        return bytes(body)


def _refusal(response: httpx.Response) -> errors.RequestError | None:
    """The error for a status other than 200; KOFIC reports its own faults with status 200."""
    status = response.status_code
    if status == 200:
        return None
    refusal: errors.RequestError
    if status == 429 or status >= 500:
        refusal = errors.Unavailable(f"HTTP {status}", "try again later; if it persists, lower the rate")
    elif status == 403:
        refusal = errors.Unavailable(
            "HTTP 403", "try again later; if it persists, lower the rate, and ask KOFIC whether it blocks you"
        )
    elif response.is_redirect:
        refusal = errors.Unavailable(
            f"a redirect (HTTP {status}), which would take the key to another address",
            "try again after the maintenance that KOFIC's site names; if it persists, check the host of the connection `kofic`",
        )
    else:
        refusal = errors.RejectedReply(f"HTTP {status}", "check the host of the connection `kofic`")
    refusal.retry_after = _retry_after(response.headers.get("Retry-After", "").strip())
    return refusal


def _retry_after(header: str) -> float:
    """The header's value in seconds from now; 0 if it is neither a number nor a date."""
    if re.fullmatch("[0-9]{1,9}", header):
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except (ValueError, TypeError, OverflowError):
        return 0.0
    return max(0.0, ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds())


def _oversize(body: bytearray, most: int) -> errors.RejectedReply:
    error = errors.RejectedReply(
        f"the body is larger than {most} bytes",
        "look at the endpoint in a browser; raise `max_bytes` in the extra of the connection `kofic` if it is right",
    )
    error.body = bytes(body[:_CUT_BYTES])
    return error


def _unpacker(encoding: str) -> Callable[[bytes, int], bytes]:
    """A function that decompresses the next chunk of a body, to at most a given number of bytes (one or more)."""
    match encoding.strip().lower():
        case "" | "identity":
            return lambda piece, most: piece[:most]
        case "gzip":
            return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress
    raise errors.RejectedReply(
        f"the body is encoded as {errors.printable(encoding)}, which was not asked for",
        "check the host of the connection `kofic`, and proxies on the way",
    )


def _request(endpoint: str, params: Mapping[str, str]) -> str:
    return f"{endpoint}({', '.join(f'{name}={value}' for name, value in params.items())})"


def _milliseconds_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


def _error_of(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None


def _log_retry(state: RetryCallState) -> None:
    pause = state.next_action.sleep if state.next_action else 0.0
    log.warning("try %d failed, next in %.1f s: %s", state.attempt_number, pause, _error_of(state))

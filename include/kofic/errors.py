"""The pipeline's exceptions. Two are distinct only where a caller or an operator acts differently; each message has its remedy.

A `TransientError` may be gone on the next try and is retried; a `PermanentError` is not. A `RequestError` costs its own request;
the others (the key, the quota, the network) cost the whole run. No message holds the API key.
"""

from collections.abc import Mapping


class KoficError(Exception):
    """Anything that prevents a capture from being made, stored or loaded."""


class TransientError(KoficError):
    """A fault that may pass: worth another try."""


class PermanentError(KoficError):
    """A fault that the same request would meet again: another try only costs calls."""


class RequestError(KoficError):
    """A fault of one request, which says nothing about the others: the reply is kept as rejected, and they are still sent.

    `what` names the fault alone, so that it reads the same for every request that meets it. The client fills in the rest:
    `request`, the beginning of the `body` that came (without the key), the `attempts` that were made, the milliseconds of
    the last one, and the seconds of a `Retry-After`.
    """

    request = ""
    body = b""
    attempts = 1
    elapsed_ms = 0
    retry_after = 0.0

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what, remedy)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.request}{': ' if self.request else ''}{self.what}. Remedy: {self.remedy}."


class Unavailable(RequestError, TransientError):
    """No usable reply at the moment: a timeout, HTTP 403, 429 or 5xx, a redirect, or a body that is not a JSON object."""


class RejectedReply(RequestError, PermanentError):
    """A reply that another try would not change: a fault of the parameters, a JSON object without the endpoint's wrapper,
    figures of another day or film, or a body beyond the client's bounds.
    """


class Unreachable(TransientError):
    """The API's host, or the proxy's, could not be reached: no request would get a reply."""


class UntrustedCertificate(PermanentError):
    """The host's certificate is signed by no trusted authority, is out of date, or names another host."""


class InvalidKey(PermanentError):
    """Fault 320010."""


class QuotaSpent(PermanentError):
    """Fault 320011."""


class BadSetting(PermanentError):
    """A connection, variable or parameter of this pipeline that cannot be right."""


class TooManyRejected(PermanentError):
    """A larger share of a run's replies was rejected than the settings allow; what could be read is loaded."""


class LoadMismatch(KoficError):
    """A table did not take exactly the rows of its object; its transaction was rolled back."""


class WarehouseUnavailable(TransientError):
    """The warehouse dropped the connection, or conflicted with another transaction, on every try."""


class ForeignObject(PermanentError):
    """An object under the lake's `raw/` whose key the pipeline did not write."""


class SchemaConflict(PermanentError):
    """A table of the warehouse, or an object of the lake, whose columns cannot be brought to the project's schema."""


def printable(text: str, most: int = 200) -> str:
    """External text made safe for one log line: no line breaks, no control characters, at most `most` characters."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text[: most * 2]).split())
    return line if len(line) <= most else f"{line[:most]}…"


_RUN_FAULTS: Mapping[str, tuple[type[PermanentError], str]] = {
    "320010": (InvalidKey, "check the password of the Airflow connection `kofic` (keys: KOFIC's open API site, my page)"),
    "320011": (QuotaSpent, "3,000 calls a day and key: run again after midnight KST, or use another key"),
}
"""Faults that every request of a run would meet."""

_REQUEST_REMEDIES: Mapping[str, str] = {
    "320102": "a date is missing from the request: report this as a defect of the pipeline",
    "320103": "a date is malformed: dates go to the API as YYYYMMDD",
}


def fault(code: str, message: str) -> PermanentError:
    """The exception of a fault that the API sent, mostly as HTTP 200; an unknown code counts as a fault of the request.

    Codes and messages: KOFIC's replies as recorded in public sources; 3201xx beyond 320103 are not documented.
    """
    what = f"KOFIC returned fault {printable(code, 20)}: {printable(message)}"
    if code in _RUN_FAULTS:
        kind, remedy = _RUN_FAULTS[code]
        return kind(f"{what} Remedy: {remedy}.")
    return RejectedReply(what, _REQUEST_REMEDIES.get(code, "a parameter of the request is refused: check the filter sets"))

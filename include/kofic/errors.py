"""What can go wrong, each as an exception of its own, each message with its remedy.

A `TransientError` may be gone on the next try and is retried; a `PermanentError` is not. Those `OfOneQuestion` cost that
question; the others (the key, the quota, the network) cost all of them. No message holds the API key.
"""

from collections.abc import Mapping


class KoficError(Exception):
    """Anything that keeps a capture from being made, stored or loaded."""


class TransientError(KoficError):
    """A fault of the moment: worth another try."""


class PermanentError(KoficError):
    """A fault that the same question meets again: another try only costs calls."""


class OfOneQuestion(KoficError):
    """A fault that one question met, and that says nothing of the others: it is kept as rejected, and they are asked.

    `what` names the fault alone, so that it reads the same for every question that meets it. The client fills in the rest:
    `question`, the beginning of the `body` that came (without the key), the `attempts` that were made, the milliseconds of
    the last one, and the seconds of a `Retry-After`.
    """

    question = ""
    body = b""
    attempts = 1
    elapsed_ms = 0
    retry_after = 0.0

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what, remedy)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.question}{': ' if self.question else ''}{self.what}. Remedy: {self.remedy}."


class NoAnswer(OfOneQuestion, TransientError):
    """The address was reached, and no whole answer came in time."""


class Unreachable(TransientError):
    """The API's address, or the proxy's, was not reached: no question would get an answer."""


class UnknownName(Unreachable):
    """No address is known for the host's name."""


class RefusedPort(Unreachable):
    """Nothing listens on the host's port."""


class NoWayOut(Unreachable):
    """The network leads nowhere: no route, no answer to a connection, or a proxy that refuses to pass it on."""


class UntrustedCertificate(PermanentError):
    """The host's certificate is signed by no authority that is trusted, is out of date, or names another host."""


class ServerTrouble(OfOneQuestion, TransientError):
    """HTTP 429 or 5xx."""


class Blocked(OfOneQuestion, TransientError):
    """HTTP 403: KOFIC keeps callers out for a while."""


class Redirected(OfOneQuestion, TransientError):
    """A redirect, as to a notice of maintenance. It is not followed: it would take the key to another address."""


class BrokenReply(OfOneQuestion, TransientError):
    """A body that is not the JSON object it should be: truncated, HTML, or not an object."""


class UnexpectedReply(OfOneQuestion, PermanentError):
    """JSON without the wrapper of its endpoint. An empty day has a wrapper; this is never an empty day."""


class OtherAnswer(OfOneQuestion, PermanentError):
    """The answer to another question: figures of another day, or another film."""


class RefusedReply(OfOneQuestion, PermanentError):
    """A reply that a well-behaved KOFIC never sends: an HTTP status of its own, or one of the kinds below."""


class OversizeReply(RefusedReply):
    """A body beyond the size limit, as sent or once unpacked."""


class DeepReply(RefusedReply):
    """JSON nested deeper than any reply of the API."""


class RefusedEncoding(RefusedReply):
    """A body packed in a way that was not asked for."""


class InvalidKey(PermanentError):
    """Fault 320010."""


class QuotaSpent(PermanentError):
    """Fault 320011, or the day's own budget of calls."""


class BadParameter(OfOneQuestion, PermanentError):
    """Faults 320102, 320103 and every other fault of the API."""


class BadSetting(PermanentError):
    """A connection, variable or parameter of this pipeline that cannot be right."""


class BadRange(BadSetting):
    """A date range that cannot be asked for."""


class BadReplies(PermanentError):
    """More replies of a run were bad than the settings allow; what could be read is loaded."""


class LoadMismatch(KoficError):
    """A table did not take exactly the rows of its object; its transaction was rolled back."""


class WarehouseTrouble(TransientError):
    """The warehouse dropped the connection, or another transaction stood in the way, as often as was tried."""


class ForeignObject(PermanentError):
    """An object under the lake's `raw/` whose key is none that the pipeline gives."""


class SchemaConflict(PermanentError):
    """A table of the warehouse, or an object of the lake, whose columns cannot be brought to the project's schema."""


def shown(text: str, most: int = 200) -> str:
    """Foreign text, fit for one line of a log: no line breaks, no control characters, at most so many letters."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text[: most * 2]).split())
    return line if len(line) <= most else f"{line[:most]}…"


_REMEDIES: Mapping[str, tuple[type[PermanentError], str]] = {
    "320010": (InvalidKey, "check the password of the Airflow connection `kofic` (keys: KOFIC's open API site, my page)"),
    "320011": (QuotaSpent, "3,000 calls a day and key: run again after midnight KST, or use another key"),
    "320102": (BadParameter, "a date is missing from the question: report this as a defect of the pipeline"),
    "320103": (BadParameter, "a date is malformed: dates go to the API as YYYYMMDD"),
}


def fault(code: str, message: str) -> PermanentError:
    """The exception of a fault that the API sent, mostly as HTTP 200; an unknown code counts as a bad parameter.

    Codes and messages: KOFIC's replies as recorded in public sources; 3201xx beyond 320103 are not documented.
    """
    kind, remedy = _REMEDIES.get(code, (BadParameter, "a parameter of the question is refused: check the filter sets"))
    what = f"KOFIC answered fault {shown(code, 20)}: {shown(message)}"
    if issubclass(kind, BadParameter):
        return kind(what, remedy)
    return kind(f"{what} Remedy: {remedy}.")

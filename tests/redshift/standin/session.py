"""One client's session: its messages go on to PostgreSQL, translated, and the answers come back in Redshift's words."""

import re

from tests.redshift.standin import protocol
from tests.redshift.standin.copy import S3Source
from tests.redshift.standin.errors import (
    ABORTED_TRANSACTION,
    INTERNAL,
    RedshiftError,
    serialisation,
    value_too_long,
)
from tests.redshift.standin.lexer import statements
from tests.redshift.standin.protocol import Wire, error_response, fields, message
from tests.redshift.standin.statements import Done, Passed, translated

_ABORTED = RedshiftError("current transaction is aborted, commands ignored until end of transaction block", ABORTED_TRANSACTION)


def in_redshifts_words(answer: dict[str, str]) -> RedshiftError:
    """PostgreSQL's error as Redshift gives it."""
    code, text = answer.get("C", INTERNAL), answer.get("M", "")
    if code == "23514" and (match := re.fullmatch(r"rs_bytes_\d+_(\d+)", answer.get("n", ""))):
        return value_too_long(int(match[1]))
    if code == "22001" and (match := re.search(r"character varying\((\d+)\)", text)):
        return value_too_long(int(match[1]))
    if code == "23505" and answer.get("n", "").startswith("pg_"):
        return RedshiftError(f"relation already exists ({answer.get('D', '')})", "42P07")
    if code in {"40001", "40P01"} or text == "tuple concurrently updated":
        return serialisation()
    if text.startswith("MERGE command cannot affect row a second time"):
        return RedshiftError("Found multiple matches to update the same tuple.")
    return RedshiftError(text, code, answer.get("D"))


class Session:
    """Answers one client until it goes.

    A message is held back until its Sync, as all clients in use send one; a Flush alone brings no answer.
    """

    def __init__(self, client: Wire, backend: Wire, s3: S3Source) -> None:
        self._client = client
        self._backend = backend
        self.s3 = s3
        self._status = b"I"
        self._held: list[bytes] = []
        self._tags: list[str | None] = []
        self._prepared: dict[str, Passed | Done] = {}
        self._portals: dict[str, Passed | Done] = {}
        self._skips = False

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction block is open."""
        return self._status != b"I"

    def run_to_the_end(self) -> None:
        """Serves the client.

        Raises:
            protocol.Closed: the client or PostgreSQL has gone.
        """
        handlers = {b"Q": self._query, b"P": self._parse, b"B": self._bind, b"E": self._execute, b"S": self._sync, b"H": _nothing}
        while True:
            kind, body = self._client.receive()
            if kind == b"X":
                self._backend.send(message(b"X"))
                return
            if self._skips and kind != b"S":
                continue
            handler = handlers.get(kind)
            if handler:
                handler(body)
            else:
                self._held.append(message(kind, body))

    # The extended protocol

    def _parse(self, body: bytes) -> None:
        (name, sql), rest = protocol.strings(body, 2)
        try:
            made = translated(sql)
        except RedshiftError as error:
            self._refuse(error)
            return
        self._prepared[name] = made
        # What the session does itself is an empty statement to PostgreSQL, which knows its name and describes it.
        asked = made.sql if isinstance(made, Passed) else ""
        self._held.append(message(b"P", protocol.text(name) + protocol.text(asked) + rest))

    def _bind(self, body: bytes) -> None:
        (portal, name), _ = protocol.strings(body, 2)
        self._portals[portal] = self._prepared.get(name, Passed(""))
        self._held.append(message(b"B", body))

    def _execute(self, body: bytes) -> None:
        (portal,), _ = protocol.strings(body, 1)
        work = self._portals.get(portal, Passed(""))
        if isinstance(work, Passed):
            self._tags.append(work.tag)
            self._held.append(message(b"E", body))
            return
        if not self._answered(to_client=False):
            self._skips = True
            return
        try:
            tag = self._do(work)
        except RedshiftError as error:
            self._refuse(error)
        else:
            self._client.send(message(b"C", protocol.text(tag)))

    def _sync(self, _: bytes) -> None:
        self._skips = False
        self._answered(to_client=True)

    def _refuse(self, error: RedshiftError) -> None:
        self._answered(to_client=False)
        self._abort()
        self._client.send(error_response(error))
        self._skips = True

    def _answered(self, to_client: bool) -> bool:
        """Sends what is held with a Sync and passes the answers on, ReadyForQuery too if asked; False on an error."""
        self._backend.send(b"".join([*self._held, message(b"S")]))
        self._held.clear()
        return self._relay(to_client)

    def _relay(self, ready: bool) -> bool:
        out: list[bytes] = []
        well = True
        while True:
            kind, body = self._backend.receive()
            if kind == b"Z":
                self._status = body
                self._tags.clear()
                self._client.send(protocol.joined([*out, message(kind, body)] if ready else out))
                return well
            if kind == b"C" and self._tags and (tag := self._tags.pop(0)):
                body = protocol.text(tag)
            if kind == b"E":
                well = False
                out.append(error_response(in_redshifts_words(fields(body))))
            else:
                out.append(message(kind, body))
            if len(out) > 1000:
                self._client.send(protocol.joined(out))
                out.clear()

    # The simple protocol

    def _query(self, body: bytes) -> None:
        try:
            for sql in statements(body[:-1].decode()) or [""]:
                work = translated(sql)
                if isinstance(work, Passed):
                    self._tags.append(work.tag)
                    self._backend.send(message(b"Q", protocol.text(work.sql)))
                    if not self._relay(ready=False):
                        break
                else:
                    self._client.send(message(b"C", protocol.text(self._do(work))))
        except RedshiftError as error:
            self._abort()
            self._client.send(error_response(error))
        self._client.send(message(b"Z", self._status))

    # What the session does itself

    def _do(self, work: Done) -> str:
        if self._status == b"E":
            raise _ABORTED
        return work(self)

    def _abort(self) -> None:
        """A refused statement fails the transaction that it stands in."""
        if self._status == b"T":
            self._ask("do $$ begin raise exception 'refused'; end $$", None)

    def run(self, sql: str) -> list[list[str | None]]:
        """The rows of a statement on PostgreSQL, as texts.

        Raises:
            RedshiftError: PostgreSQL refuses it.
        """
        rows, failed = self._ask(sql, None)
        if failed:
            raise in_redshifts_words(failed)
        return rows

    def copy_in(self, sql: str, data: bytes) -> None:
        """COPY FROM STDIN of this data.

        Raises:
            RedshiftError: PostgreSQL refuses it.
        """
        _, failed = self._ask(sql, data)
        if failed:
            raise in_redshifts_words(failed)

    def say(self, words: str) -> None:
        """A notice to the client."""
        self._client.send(protocol.notice(words))

    def _ask(self, sql: str, data: bytes | None) -> tuple[list[list[str | None]], dict[str, str] | None]:
        self._backend.send(message(b"Q", protocol.text(sql)))
        rows: list[list[str | None]] = []
        failed = None
        while True:
            kind, body = self._backend.receive()
            if kind == b"Z":
                self._status = body
                return rows, failed
            if kind == b"D":
                rows.append(protocol.row(body))
            elif kind == b"E":
                failed = failed or fields(body)
            elif kind == b"G":
                self._backend.send(message(b"d", data or b"") + message(b"c"))


def _nothing(_: bytes) -> None:
    pass

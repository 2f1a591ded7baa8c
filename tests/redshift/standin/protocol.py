"""PostgreSQL's wire protocol, version 3, as far as a server between a client and a PostgreSQL needs it."""

import socket
import struct
from collections.abc import Iterable, Mapping

from tests.redshift.standin.errors import RedshiftError

SSL_REQUEST, GSS_REQUEST, CANCEL_REQUEST = 80_877_103, 80_877_104, 80_877_102
VERSION_3 = 196_608


class Closed(Exception):
    """The other side has gone."""


class Wire:
    """One side's socket, in whole messages."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = sock
        self._reader = sock.makefile("rb")

    def exactly(self, size: int) -> bytes:
        """So many bytes.

        Raises:
            Closed: the other side has gone.
        """
        data = self._reader.read(size)
        if len(data) < size:
            raise Closed
        return data

    def receive(self) -> tuple[bytes, bytes]:
        """The next message: its letter and its body."""
        head = self.exactly(5)
        return head[:1], self.exactly(struct.unpack("!I", head[1:])[0] - 4)

    def send(self, data: bytes) -> None:
        """Sends bytes that are messages already."""
        self.socket.sendall(data)


def message(kind: bytes, body: bytes = b"") -> bytes:
    """One message."""
    return kind + struct.pack("!I", len(body) + 4) + body


def text(value: str) -> bytes:
    """A string as the protocol writes it."""
    return value.encode() + b"\0"


def fields(body: bytes) -> dict[str, str]:
    """The fields of an ErrorResponse or NoticeResponse, by their letter."""
    return {part[:1].decode(): part[1:].decode(errors="replace") for part in body.split(b"\0") if part}


def error_response(error: RedshiftError, severity: str = "ERROR") -> bytes:
    """The error, as a client gets it."""
    parts = {"S": severity, "C": error.code, "M": error.message, "D": error.detail}
    return message(b"E", b"".join(letter.encode() + text(value) for letter, value in parts.items() if value) + b"\0")


def notice(words: str) -> bytes:
    """A message that is no error."""
    return message(b"N", b"".join([b"S", text("INFO"), b"C", text("00000"), b"M", text(words)]) + b"\0")


def startup(parameters: Mapping[str, str]) -> bytes:
    """The first message of a client."""
    body = struct.pack("!I", VERSION_3) + b"".join(text(name) + text(value) for name, value in parameters.items()) + b"\0"
    return struct.pack("!I", len(body) + 4) + body


def row(body: bytes) -> list[str | None]:
    """The values of a DataRow in text format."""
    (count,) = struct.unpack("!h", body[:2])
    values: list[str | None] = []
    at = 2
    for _ in range(count):
        (length,) = struct.unpack("!i", body[at : at + 4])
        at += 4
        values.append(None if length < 0 else body[at : at + length].decode())
        at += max(length, 0)
    return values


def strings(body: bytes, count: int) -> tuple[list[str], bytes]:
    """The first strings of a body, and what follows them."""
    found = []
    for _ in range(count):
        value, _, body = body.partition(b"\0")
        found.append(value.decode())
    return found, body


def joined(parts: Iterable[bytes]) -> bytes:
    """Several messages as one write."""
    return b"".join(parts)

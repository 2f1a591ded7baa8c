"""The listening server: TLS, start-up, and a thread for each client."""

import socket
import ssl
import struct
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from scramp import ScramClient

from tests.redshift.standin import protocol
from tests.redshift.standin.copy import S3Source
from tests.redshift.standin.errors import RedshiftError
from tests.redshift.standin.protocol import Closed, Wire, message
from tests.redshift.standin.session import Session

_SESSION = {
    "client_min_messages": "warning",
    # Two transactions that no order would explain: error 1023 (guide: c_serial_isolation).
    "default_transaction_isolation": "serializable",
    "escape_string_warning": "off",
    # A backslash escapes in a plain string, as Redshift's regular expressions are written in its guide.
    "standard_conforming_strings": "off",
    "timezone": "UTC",
}
_TEMPORARY_USERS = ("IAM:", "IAMA:", "IAMR:")


@dataclass(frozen=True)
class Settings:
    """Where PostgreSQL and the S3 server are. Without `tls` no client is served, as a cluster with require_ssl would not."""

    postgres_port: int
    s3: S3Source
    tls: ssl.SSLContext | None
    port: int = 0


def serve(settings: Settings) -> socket.socket:
    """Starts to listen on a loopback port; close the socket to stop."""
    listener = socket.create_server(("127.0.0.1", settings.port), backlog=64)
    threading.Thread(target=_accept, args=(listener, settings), daemon=True).start()
    return listener


@contextmanager
def running(settings: Settings) -> Iterator[int]:
    """A server for as long as the context lasts; its port."""
    listener = serve(settings)
    try:
        yield int(listener.getsockname()[1])
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _accept(listener: socket.socket, settings: Settings) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_serve_one, args=(client, settings), daemon=True).start()


def _serve_one(client: socket.socket, settings: Settings) -> None:
    with client, suppress(Closed, OSError):
        try:
            _start(client, settings)
        except (Closed, OSError):
            raise
        except Exception:
            # The client sees its connection drop; what went wrong in the stand-in belongs in the test's output.
            traceback.print_exc()
            raise Closed from None


def _start(sock: socket.socket, settings: Settings) -> None:
    wire, parameters = _greeted(sock, settings)
    user = parameters.get("user", "")
    for prefix in _TEMPORARY_USERS:
        user = user.removeprefix(prefix)
    with socket.create_connection(("127.0.0.1", settings.postgres_port)) as backend_socket:
        backend = Wire(backend_socket)
        options = " ".join(f"-c {name}={value}" for name, value in _SESSION.items())
        backend.send(
            protocol.startup(
                {
                    "user": user,
                    "database": parameters.get("database", user),
                    "application_name": parameters.get("application_name", "")[:63],
                    "client_encoding": "UTF8",
                    "options": options,
                }
            )
        )
        if _admitted(wire, backend, user):
            Session(wire, backend, settings.s3).run_to_the_end()


def _greeted(sock: socket.socket, settings: Settings) -> tuple[Wire, dict[str, str]]:
    wire = Wire(sock)
    encrypted = False
    while True:
        (length,) = struct.unpack("!I", wire.exactly(4))
        body = wire.exactly(length - 4)
        (code,) = struct.unpack("!I", body[:4])
        if code == protocol.SSL_REQUEST and settings.tls:
            wire.send(b"S")
            wire, encrypted = Wire(settings.tls.wrap_socket(sock, server_side=True)), True
        elif code in {protocol.SSL_REQUEST, protocol.GSS_REQUEST}:
            wire.send(b"N")
        elif code == protocol.CANCEL_REQUEST:
            raise Closed
        else:
            if settings.tls and not encrypted:
                wire.send(protocol.error_response(_NO_SSL, "FATAL"))
                raise Closed
            words = [each.decode() for each in body[4:].split(b"\0")]
            return wire, dict(zip(words[::2], words[1::2], strict=False))


_NO_SSL = RedshiftError("no pg_hba.conf entry for host: SSL is required (require_ssl)", "28000")


def _admitted(client: Wire, backend: Wire, user: str) -> bool:
    """Passes on what PostgreSQL says until it is ready. Where it wants a password, the client gives it, inside TLS."""
    scram = None
    while True:
        kind, body = backend.receive()
        method = struct.unpack("!I", body[:4])[0] if kind == b"R" else None
        if method == _SASL:
            # redshift_connector's own SCRAM cannot read PostgreSQL's list of mechanisms: the stand-in does it instead.
            client.send(message(b"R", struct.pack("!I", _CLEAR_TEXT)))
            _, password = client.receive()
            scram = ScramClient(["SCRAM-SHA-256"], user, password.rstrip(b"\0").decode())
            first = scram.get_client_first().encode()
            backend.send(message(b"p", protocol.text("SCRAM-SHA-256") + struct.pack("!I", len(first)) + first))
        elif method == _SASL_CONTINUE and scram:
            scram.set_server_first(body[4:].decode())
            backend.send(message(b"p", scram.get_client_final().encode()))
        elif method == _SASL_FINAL and scram:
            scram.set_server_final(body[4:].decode())
        else:
            if kind == b"S" and body.startswith(b"server_version\0"):
                body = protocol.text("server_version") + protocol.text("8.0.2")
            client.send(message(kind, body))
            if kind in {b"E", b"Z"}:
                return kind == b"Z"


_CLEAR_TEXT, _SASL, _SASL_CONTINUE, _SASL_FINAL = 3, 10, 11, 12

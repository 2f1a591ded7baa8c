"""Runs the simulator on a socket: in the foreground, or in a thread of a test."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette


def bind(host: str, port: int) -> socket.socket:
    """A socket to listen on; port 0 takes any free one.

    The protocol is named because asyncio turns off Nagle's delay (40 ms a reply) only on sockets that name it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    return listener


def address(listener: socket.socket) -> str:
    """The URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def server_for(app: Starlette) -> uvicorn.Server:
    """A server that writes no access log: the key stands in every URL."""
    return uvicorn.Server(
        uvicorn.Config(
            app, access_log=False, log_level="warning", lifespan="off", timeout_graceful_shutdown=1, server_header=False
        )
    )


@contextmanager
def running(app: Starlette) -> Iterator[str]:
    """Serve `app` on a free loopback port in a thread of this process; gives its URL."""
    listener = bind("127.0.0.1", 0)
    server = server_for(app)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + 10
        while not server.started:
            if time.monotonic() > deadline or not thread.is_alive():
                raise RuntimeError("the simulator did not start")
            time.sleep(0.005)
        yield address(listener)
    finally:
        server.should_exit = True
        thread.join(timeout=5)
        listener.close()

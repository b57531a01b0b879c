"""Receivers of webhooks, as real servers on loopback, well-behaved and otherwise."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

METADATA = "http://169.254.169.254/latest/meta-data/"


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    body: bytes

    def is_signed_with(self, secret: str) -> bool:
        """Whether one of its signatures is by ``secret``: written from the standard, not from our code."""
        key = base64.b64decode(secret.split("_", 1)[1])
        signed = b".".join(
            [self.headers["webhook-id"].encode(), self.headers["webhook-timestamp"].encode(), self.body]
        )
        expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        return any(given == f"v1,{expected}" for given in self.headers["webhook-signature"].split(" "))


class Receiver(ThreadingHTTPServer):
    """Answers as the path says: ``/200``, ``/500`` …, ``/hang``, ``/endless``, ``/redirect``, ``/drip``, ``/rude``."""

    daemon_threads = True

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[Received] = []
        self.answers: dict[str, int] = {}
        self.released = threading.Event()
        self.scheme = "http"
        if context is not None:
            self.scheme = "https"
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def url(self, path: str = "/200", host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.server_port}{path}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are what some of these are for."""


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.received.append(Received(self.path, headers, body))
        with contextlib.suppress(OSError):
            self._answer(self.path.strip("/"))

    def _answer(self, how: str) -> None:
        match how:
            case "hang":
                self.server.released.wait(60)
                self._say(200, b"late")
            case "endless":
                self.send_response(200)
                self.end_headers()
                while True:
                    self.wfile.write(b"more " * 1000)
            case "drip":
                # Within any time limit of a single read, for ever.
                while not self.server.released.wait(0.05):
                    self.wfile.write(b"H")
            case "rude":
                self.wfile.write(b"what?\r\n\r\n")
            case "redirect":
                self.send_response(302)
                self.send_header("Location", METADATA)
                self.send_header("Content-Length", "0")
                self.end_headers()
            case _:
                self._say(self.server.answers.get(self.path, int(how)), b"said \x00 <b>something</b>")

    def _say(self, status: int, text: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Tests read what was received instead."""


@contextlib.contextmanager
def receiving(context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    receiver = Receiver(context)
    thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.released.set()
        receiver.shutdown()
        receiver.server_close()
        thread.join()

"""Clients that open connections and send next to nothing do not keep others out."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from tests.sites import ROOT, free_port
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

HEAD = b"Host: localhost\r\nContent-Type: application/json\r\n"
PAGE = "/docs/problems"
"""One that needs no database."""
CROWD = 30
"""More than there are threads."""


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A web server with one process and eight threads, impatient."""
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "VAR_DIR": str(tmp_path_factory.mktemp("var")),
        "ENV_FILE": os.devnull,
        "DJANGO_SETTINGS_MODULE": "agentsite.settings",
        "WEB_BIND": f"127.0.0.1:{port}",
        "WEB_PROCESSES": "1",
        "SLOW_CLIENT_SECONDS": "1",
    }
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-c", "python:agentsite.gunicorn_web"], cwd=ROOT, env=environment
    )
    try:
        wait_until(lambda: is_open(port) and httpx.get(f"http://127.0.0.1:{port}{PAGE}").status_code == 200, 30)
        yield port
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture
def crowd(port: int) -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def connect(crowd: ExitStack, port: int, sent: bytes) -> socket.socket:
    client = crowd.enter_context(socket.create_connection(("127.0.0.1", port)))
    client.sendall(sent)
    return client


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"GET /docs HT", id="half a line"),
        pytest.param(b"POST /agents/run HTTP/1.1\r\n" + HEAD, id="half a head"),
        pytest.param(b"POST /agents/run HTTP/1.1\r\nContent-Length: 500\r\n" + HEAD + b'\r\n{"a', id="half a body"),
    ],
)
def test_others_are_served_all_the_same(port: int, crowd: ExitStack, sent: bytes) -> None:
    for _ in range(CROWD):
        connect(crowd, port, sent)

    began = time.monotonic()
    answer = httpx.get(f"http://127.0.0.1:{port}{PAGE}", timeout=30)

    assert answer.status_code == 200
    # Thirty on eight threads, each for a second or two, and a machine that is busy.
    assert time.monotonic() - began < 15


def test_who_sends_a_letter_now_and_then_is_cut_off(port: int, crowd: ExitStack) -> None:
    client = connect(crowd, port, b"GET /docs HTTP/1.1\r\n")
    client.settimeout(0.2)

    def is_cut_off() -> bool:
        try:
            client.sendall(b"X")
            return client.recv(100) == b""
        except TimeoutError:
            return False
        except OSError:
            return True

    wait_until(is_cut_off, 10)


def test_a_body_that_keeps_coming_has_its_time(port: int) -> None:
    """Slower than a head may be, faster than the slowest rate."""
    body = b" " * 60_000

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(body), 20_000):
            time.sleep(0.7)  # This is the client that is slow.
            yield body[start : start + 20_000]

    headers = {"Content-Length": str(len(body)), "Content-Type": "application/json"}
    answer = httpx.post(f"http://127.0.0.1:{port}/agents/run", content=pieces(), headers=headers, timeout=30)

    assert answer.status_code == 401


def test_a_connection_is_used_again(port: int) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        assert [client.get(PAGE).status_code for _ in range(3)] == [200] * 3


@pytest.mark.parametrize(
    ("line", "headers"),
    [
        ("GET /" + "x" * 5000, {}),
        ("GET /docs", {"X-Long": "x" * 9000}),
        ("GET /docs", {f"X-{n}": "" for n in range(120)}),
    ],
)
def test_heads_beyond_the_limits_are_refused(port: int, crowd: ExitStack, line: str, headers: dict[str, str]) -> None:
    fields = "".join(f"{name}: {value}\r\n" for name, value in {"Host": "localhost", **headers}.items())
    client = connect(crowd, port, f"{line} HTTP/1.1\r\n{fields}\r\n".encode())
    client.settimeout(10)

    assert client.recv(100).startswith(b"HTTP/1.1 4")

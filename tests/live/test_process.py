"""The live process itself: what a stream costs it, and how it lets its readers go."""

from __future__ import annotations

import http.client
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from typing import Any

import httpx
import psutil
import pytest
from django.db import connection

from runs.live import Page
from runs.models import User
from tests import acting
from tests.live.serving import live_process
from tests.live.viewing import url_of_page, url_of_run
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

STREAMS = 60
STOPS_WITHIN_SECONDS = 3.0


@pytest.fixture
def live(settings: Any) -> Iterator[psutil.Process]:
    """A gunicorn for streams, on the test's own database."""
    with live_process(settings) as process:
        yield process


class Reader:
    """One open stream. Reads until it has been told something. Raises ``EOFError`` where it ends before."""

    def __init__(self, url: str) -> None:
        address = httpx.URL(url)
        self._connection = http.client.HTTPConnection(address.host, address.port, timeout=20)
        self._connection.request("GET", address.raw_path.decode())
        self._answer = self._connection.getresponse()
        while not (line := self._answer.readline()).startswith(b"data:"):
            if not line:
                raise EOFError

    def rest(self) -> bytes:
        """All that still comes. Raises ``http.client.IncompleteRead`` where the stream is cut."""
        return self._answer.read()

    def close(self) -> None:
        self._answer.close()
        self._connection.close()


def opens(url: str) -> bool:
    """Whether a stream opens there; a process that is leaving ends it at once, and browsers come back."""
    with suppress(OSError, http.client.HTTPException, EOFError):
        Reader(url).close()
        return True
    return False


def connections_of_live() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


def test_streams_cost_neither_threads_nor_connections(live: psutil.Process, owner: User, stranger: User) -> None:
    run = acting.running(owner)
    urls: list[Callable[[], str]] = [
        lambda: url_of_page(owner, Page.of(owner, run=run)),
        lambda: url_of_page(stranger, Page.of(stranger, "home")),
        lambda: url_of_run(run),
    ]
    (worker,) = live.children()
    with ExitStack() as opened:
        for url in urls:
            opened.callback(Reader(url()).close)
        threads, connections = worker.num_threads(), connections_of_live()
        for number in range(STREAMS):
            opened.callback(Reader(urls[number % 3]()).close)

        assert worker.num_threads() <= threads + 1
        # One that listens, and one for each of the two who read; the second may have had nothing to do yet.
        assert connections_of_live() <= max(connections, 3)


@pytest.mark.parametrize("way", [signal.SIGTERM, signal.SIGHUP])
def test_streams_end_whole_and_soon_when_the_process_is_stopped_or_reloaded(
    live: psutil.Process, owner: User, way: signal.Signals
) -> None:
    run = acting.running(owner)
    readers = [Reader(url) for url in (url_of_page(owner, Page.of(owner, run=run)), url_of_run(run))]
    told_at = time.monotonic()

    live.send_signal(way)

    for reader in readers:
        reader.rest()
        reader.close()
    assert time.monotonic() - told_at < STOPS_WITHIN_SECONDS
    if way == signal.SIGHUP:
        wait_until(lambda: opens(url_of_page(owner, Page.of(owner, run=run))))

"""A change of status is on the page a quarter of a second after it was committed, with a hundred who watch.

Prints the figures of docs/live.md: ``pytest -s tests/browser/test_live_latency.py``.
"""

from __future__ import annotations

import http.client
import re
import statistics
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stage import Person, Stage
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(180)]

OTHERS = 99
CHANGES = 30
BUDGET_SECONDS = 0.25
SHOWN = re.compile(rb'id="_run_status"[^>]* data-status="(\w+)"')
NOTE_CHANGES = """() => {
    window.seen = [];
    const status = document.querySelector("#_run_status");
    new MutationObserver(() => window.seen.push([status.dataset.status, Date.now() / 1000]))
        .observe(status, { attributes: true, attributeFilter: ["data-status"] });
}"""


class Reader(threading.Thread):
    """One more browser, as far as the server can tell: notes when it is sent which status."""

    def __init__(self, stream: str) -> None:
        super().__init__(daemon=True)
        self.seen: list[tuple[str, float]] = []
        address = urlsplit(stream)
        self._connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
        self._connection.request("GET", f"{address.path}?{address.query}")
        self._answer = self._connection.getresponse()
        assert self._answer.status == 200

    def run(self) -> None:
        # Lines come in several reads, and the piece that says the status is one line.
        while line := self._answer.readline():
            found = SHOWN.search(line)
            if found and (not self.seen or self.seen[-1][0] != found[1].decode()):
                self.seen.append((found[1].decode(), time.time()))

    def leave(self) -> None:
        sock = self._connection.sock or self._answer.fp.raw._sock  # type: ignore[union-attr]
        sock.shutdown(2)
        self.join()
        self._connection.close()
        self._answer.close()


@contextmanager
def readers(stream: str) -> Iterator[list[Reader]]:
    joined = [Reader(stream) for _ in range(OTHERS)]
    for reader in joined:
        reader.start()
    try:
        wait_until(lambda: all(reader.seen for reader in joined))
        yield joined
    finally:
        for reader in joined:
            reader.leave()


def test_a_change_of_status_is_on_the_page_within_a_quarter_of_a_second(
    page: Page, person: Person, stage: Stage
) -> None:
    path = stage.run(person, "running")
    page.goto(path)
    expect(page.locator("#_live")).to_have_text("Live")
    page.evaluate(NOTE_CHANGES)
    stream = page.locator("body").get_attribute("data-stream") or ""
    committed: list[tuple[str, float]] = []
    with readers(stream) as others:
        for number in range(CHANGES):
            act, status = (stage.hand_back, "pending") if number % 2 == 0 else (stage.start, "running")
            committed.append((status, act(path)))
            expect(page.locator("#_run_status")).to_have_attribute("data-status", status)
            wait_until(lambda status=status: all(reader.seen[-1][0] == status for reader in others))
        shown = [(status, at) for status, at in page.evaluate("window.seen")]
        received = [reader.seen[1:] for reader in others]

    on_page = delays(committed, shown)
    at_all = [delay for seen in received for delay in delays(committed, seen)]
    for name, values in (("on the page", on_page), (f"at {OTHERS} others", at_all)):
        p50, p95 = percentile(values, 50), percentile(values, 95)
        sys.stdout.write(f"{name}: {len(values)} changes, p50 {p50:.0f} ms, p95 {p95:.0f} ms\n")
    assert percentile(on_page, 95) <= BUDGET_SECONDS * 1000
    assert percentile(at_all, 95) <= BUDGET_SECONDS * 1000


def delays(committed: Sequence[tuple[str, float]], seen: Sequence[tuple[str, float]]) -> list[float]:
    """Milliseconds from each commit to its being seen; every one must have been, in its order."""
    assert [status for status, _ in seen] == [status for status, _ in committed]
    return [(at - since) * 1000 for (_, since), (_, at) in zip(committed, seen, strict=True)]


def percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]

"""Watching a run of a running site, as somebody at a terminal does."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sites import Site, sites
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def ask(site: Site) -> httpx.Client:
    """A client with a token of the first user's."""
    secret = site.manage("issuetoken", "user", "--name", "a test").strip()
    headers = {"Authorization": f"Bearer {secret}"}
    return httpx.Client(base_url=f"{site.url}/api/v1/", headers=headers, timeout=60)


def test_a_run_is_watched_with_curl_waited_for_and_let_go_of_when_the_site_stops(tmp_path: Path) -> None:
    with sites(tmp_path) as start:
        site = start(DRAIN_SECONDS="1")
        site.until_ready()
        with ask(site) as api:
            run = api.post("runs", json={"agent": "rehearsal", "input": {"seconds": 2}}).json()
            watched = curl(run["stream_url"])
            told = [line.removeprefix("data: ") for line in watched.splitlines() if line.startswith("data: ")]
            assert [kind for kind in kinds(watched) if kind != "run"][-1] == "end"
            assert any(json.loads(each).get("status") == "completed" for each in told if each.startswith("{"))

            began = time.monotonic()
            waited = api.post("runs?wait=30", json={"agent": "rehearsal", "input": {"seconds": 1}})
            assert (waited.headers["X-Wait"], waited.json()["status"]) == ("ended", "completed")
            assert time.monotonic() - began < 15

            endless = api.post("runs", json={"agent": "rehearsal", "input": {"seconds": 600}}).json()
            answers: list[Any] = []
            is_asked = threading.Event()

            def note(event: str, details: Any) -> None:
                if event == "http11.send_request_body.complete":
                    is_asked.set()

            def wait() -> None:
                answers.append(api.get(f"runs/{endless['id']}?wait=60", extensions={"trace": note}))

            thread = threading.Thread(target=wait)
            thread.start()
            assert is_asked.wait(30)
            wait_until(lambda: api.get(endless["url"]).json()["status"] == "running")
            assert not answers
            assert site.interrupt() == 0
            thread.join(60)
        (answer,) = answers
        assert (answer.status_code, answer.headers["X-Wait"]) == (200, "cut-short")


def curl(url: str) -> str:
    return subprocess.run(["curl", "-sN", url], capture_output=True, text=True, check=True, timeout=60).stdout


def kinds(stream: str) -> list[str]:
    return [line.removeprefix("event: ") for line in stream.splitlines() if line.startswith("event: ")]

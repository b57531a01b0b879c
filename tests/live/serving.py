"""A live process of its own, on the test's database."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx
import psutil

from tests.clusters.clusters import database_url
from tests.sites import ROOT, free_port
from tests.waiting import wait_until


@contextmanager
def live_process(settings: Any) -> Iterator[psutil.Process]:
    """A gunicorn for streams, which ``settings.LIVE_URL`` names from now on."""
    port = free_port()
    settings.LIVE_URL = f"http://localhost:{port}"
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "SECRET_KEY": settings.SECRET_KEY,
        "LIVE_BIND": f"127.0.0.1:{port}",
        "LIVE_URL": settings.LIVE_URL,
    }
    command = [sys.executable, "-m", "gunicorn", "-c", "python:agentsite.gunicorn_live"]
    with subprocess.Popen(command, cwd=ROOT, env=environment) as started:
        try:
            wait_until(lambda: answers(f"{settings.LIVE_URL}/healthz"), 30)
            yield psutil.Process(started.pid)
        finally:
            with suppress(ProcessLookupError):
                started.terminate()
            started.wait(20)


def answers(url: str) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(url).status_code == 200
    return False

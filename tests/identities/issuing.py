"""Starting the issuer, telling it what to do, and signing in at it as a browser does."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from agentsite.signing_in import Oidc
from tests.identities.issuer import CLIENT_ID, CLIENT_SECRET
from tests.sites import ROOT, free_port

BEGIN, BACK = reverse("oidc_begin"), reverse("oidc_finish")


class IssuerProcess:
    """A running issuer."""

    def __init__(self) -> None:
        self.port = free_port()
        self.start()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.identities.issuer", str(self.port)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert self.process.stdout.readline().strip() == "ready"

    def stop(self) -> None:
        self.process.kill()
        self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def told(self, **change: Any) -> None:
        httpx.post(f"{self.url}/control", json=change).raise_for_status()

    def asked(self, path: str) -> int:
        """How often it was asked for ``path``."""
        return int(httpx.get(f"{self.url}/control").json().get(path, 0))

    def mint(self, fault: str = "", typ: str = "at+jwt", **claims: Any) -> str:
        """An access token for the API."""
        minted = httpx.post(f"{self.url}/mint", json={"claims": claims, "fault": fault, "typ": typ})
        return str(minted.json()["token"])

    @property
    def oidc(self) -> Oidc:
        return Oidc(self.url, CLIENT_ID, CLIENT_SECRET, "openid profile email", "Example ID", ("RS256", "ES256"))


@contextmanager
def issuing() -> Iterator[IssuerProcess]:
    process = IssuerProcess()
    try:
        yield process
    finally:
        process.stop()


def sent_away(browser: Client, **query: str) -> str:
    """Where the browser is sent to sign in."""
    response = browser.get(BEGIN, query)
    assert response.status_code == 302, response.content
    return response["Location"]


def back(from_there: str) -> dict[str, str]:
    """What the issuer gives the browser to take back."""
    answer = httpx.get(from_there)
    assert answer.status_code == 302, answer.text
    url = urlsplit(answer.headers["Location"])
    assert url.path == BACK
    return dict(parse_qsl(url.query))


def sign_in(browser: Client, **query: str) -> HttpResponse:
    """There and back."""
    return browser.get(BACK, back(sent_away(browser, **query)))

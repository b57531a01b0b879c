"""What every answer tells the browser, and what no answer ever says."""

from __future__ import annotations

import pytest
from django.test import Client

from runs.live import Application
from runs.models import User
from runs.views.fragments import render
from tests import acting
from tests.live.viewing import Viewer, play, url_of_run
from tests.pages.conftest import signed_in

ADDRESSES = [
    "/",
    "/sign-in/",
    "/runs/",
    "/profile/",
    "/agents/document-extractor/",
    "/admin/",
    "/admin/login/",
    "/nothing-here/",
    "/healthz",
    "/docs",
    "/openapi.json",
    "/api/v1/me",
    "/api/v1/nothing",
    "/agents/status/3fa85f64-5717-4562-b3fc-2c963f66afa6",
]
ELSEWHERE = "https://elsewhere.example.org"


@pytest.fixture(params=["signed in", "nobody"])
def visitor(request: pytest.FixtureRequest, owner: User) -> Client:
    return signed_in(owner) if request.param == "signed in" else Client()


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_keeps_to_its_page(visitor: Client, address: str) -> None:
    answer = visitor.get(address)

    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_between_keeps_what_is_somebodys(owner: User, address: str) -> None:
    assert "private" in signed_in(owner).get(address)["Cache-Control"]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("method", ["get", "options", "post"])
def test_no_page_of_another_origin_may_read_anything(owner: User, address: str, method: str) -> None:
    asked = {
        "Origin": ELSEWHERE,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-csrftoken",
    }
    answer = getattr(signed_in(owner), method)(address, headers=asked)

    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


def test_cookies_are_for_this_site_and_for_no_script(client: Client, owner: User) -> None:
    client.post("/sign-in/", {"username": "owner", "password": "owner's password"})
    client.get("/")

    assert {"sessionid", "csrftoken"} <= set(client.cookies)
    for cookie in client.cookies.values():
        assert cookie["httponly"], cookie.key
        assert cookie["samesite"] in ("Lax", "Strict"), cookie.key
        assert not cookie["domain"], cookie.key


@pytest.mark.django_db(transaction=True)
def test_the_live_process_tells_the_same(owner: User) -> None:
    url = url_of_run(acting.running(owner))

    async def scene(live: Application) -> None:
        opened, *others = [Viewer(live, each) for each in (url, "/nothing", f"{url}x")]
        await opened.until("run", bool)
        for viewer in others:
            await viewer.rest()
            assert viewer.status >= 400
            assert b"default-src 'none'" in viewer.headers[b"content-security-policy"]
            assert viewer.headers[b"cache-control"] == b"no-store"
        assert opened.headers[b"cache-control"] == b"private, no-cache"
        for viewer in (opened, *others):
            assert viewer.headers[b"x-content-type-options"] == b"nosniff"
        await opened.leave()

    play(scene, render)

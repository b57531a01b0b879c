"""Two thousand bad requests to every route there is: each is answered, none by a fault of ours."""

from __future__ import annotations

import re
import zlib
from pathlib import Path
from typing import Any, Final

import pytest
from django.conf import settings as site_settings
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, seed, settings
from pytest_django import Settings

from runs.models import ApiToken, User
from tests.fuzz.requests import BadRequest, bad_requests
from tests.matrix.cast import people, possessions
from tests.matrix.test_routes import SITE
from tests.wsgi import call, one_connection

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

REQUESTS: Final = 2_000
PARTS: Final = 4
"""Of the routes, so that one test does not take all the time."""
PARAMETER: Final = re.compile(r"<(?:\w+:)?(\w+)>")
EACH: Final = -(-REQUESTS // len(SITE))
"""Requests for each route: one that is new is asked, too."""


def keys(cast: dict[str, User]) -> dict[str, dict[str, str]]:
    """The headers by which each of those who ask is let in."""
    found = {"nobody": {}, "token": {"Authorization": f"Bearer {ApiToken.issue(cast['operator'], 'a script')[1]}"}}
    for who in ("owner", "operator"):
        client = Client()
        client.force_login(cast[who])
        session = client.cookies[site_settings.SESSION_COOKIE_NAME].value
        # Who sends the token a page has given gets past the check of it, to what lies behind.
        forged = "x" * 32
        found[who] = {
            "Cookie": f"{site_settings.SESSION_COOKIE_NAME}={session}; csrftoken={forged}",
            "X-CSRFToken": forged,
        }
    return found


def address(path: str, asked: BadRequest, ids: dict[str, Any]) -> str:
    """The route's path, its parameters filled with what is there, or with nonsense."""
    segments = iter(asked.segments)

    def fill(parameter: re.Match[str]) -> str:
        there = {"name": "document-extractor", "field": "document", "number": 1, **ids}.get(parameter[1], 1)
        segment = next(segments, None)
        return str(there) if segment is None else segment

    plain = "api/nothing" if path.startswith("^(api") else re.sub(r"\(\?P<\w+>.*?\)\$?$", "nothing", path).strip("^$")
    return f"/{PARAMETER.sub(fill, plain)}"


@pytest.mark.parametrize("part", range(PARTS))
def test_no_request_is_answered_by_a_fault_of_ours(part: int, tmp_path: Path, settings: Settings) -> None:
    settings.TOKEN_REQUESTS_PER_MINUTE = settings.ADDRESS_REQUESTS_PER_MINUTE = 0
    settings.PICTURES_DIR = tmp_path / "pictures"
    cast = people()
    ids = possessions(cast["owner"], cast["operator"], "completed", tmp_path).ids
    held = keys(cast)
    with one_connection():
        for path in sorted(SITE.values())[part::PARTS]:
            bombard(path, ids, held)


def bombard(path: str, ids: dict[str, Any], held: dict[str, dict[str, str]]) -> None:
    """Send a route its share; the same ones every time."""

    @seed(zlib.crc32(path.encode()))
    @settings(
        max_examples=EACH,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(bad_requests)
    def hold(asked: BadRequest) -> None:
        with transaction.atomic():
            headers = {"Content-Type": asked.declared, **held[asked.who], **asked.headers}
            status, content = call(asked.method, address(path, asked, ids), asked.query, asked.body, headers)
            # What a request does happens to it alone.
            transaction.set_rollback(True)
        assert status < 500, (path, status, content[:300], asked)

    hold()

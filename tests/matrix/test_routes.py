"""Every route against everybody who may come: the right answer, nothing of anybody else's in it, nothing changed.

What is there and may not be seen looks, to the byte and to the statement, like what is not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver

from runs import access
from runs.api import api
from tests.matrix.cast import CHANGING, NAME, SECRET, Answered, ask, client_of, people, possessions
from tests.matrix.routes import NO_ROUTES, ROUTES, WITHOUT_A_KEY, Row

pytestmark = pytest.mark.django_db

MISSING = """These routes have no row in the access matrix: {names}.
Add one to tests/matrix/routes.py that says what its owner, a team mate, a stranger and an operator are answered
there; then this test asks as each of them, and as those without a key."""


@pytest.fixture(autouse=True)
def _pictures(tmp_path: Path, settings: Any) -> None:
    settings.PICTURES_DIR = tmp_path / "pictures"


def routes(patterns: list[Any], path: str = "", namespace: str = "") -> Iterator[tuple[str, str]]:
    """The names of all routes (their paths, where they have none), and their paths."""
    for pattern in patterns:
        here = path + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            space = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from routes(pattern.url_patterns, here, space)
        elif isinstance(pattern, URLPattern):
            yield (f"{namespace}{pattern.name}" if pattern.name else here), here


SITE = dict(routes(get_resolver().url_patterns))
UNNAMED = {name: "api/v1 and nothing" if name.startswith("^(api") else name for name in SITE if name == SITE[name]}
"""Paths of routes without a name, and the rows they have."""


def test_every_route_has_a_row() -> None:
    there = {UNNAMED.get(name, name) for name in SITE if not name.startswith(("admin:", "admin/"))}
    rows = {key.partition(" | ")[0] for key in ROUTES}
    missing = there - rows - NO_ROUTES.keys()
    assert not missing, MISSING.format(names=", ".join(sorted(missing)))
    assert not rows - there, "these rows are of no route: take them out"


def test_every_endpoint_has_a_row_with_its_method() -> None:
    operations = {
        (f"api:{operation['operationId']}", method.upper())
        for methods in api.get_openapi_schema()["paths"].values()
        for method, operation in methods.items()
    }
    assert not operations - {(key.partition(" | ")[0], row.method) for key, row in ROUTES.items()}


@pytest.mark.parametrize("key", ROUTES)
def test_everybody_gets_what_the_table_says(key: str, tmp_path: Path) -> None:
    row, name = ROUTES[key], key.partition(" | ")[0]
    cast = people()
    owned = possessions(cast["owner"], cast["operator"], row.run, tmp_path)
    url, unknown = (_url(name, row, each) for each in (owned, owned.unknown()))
    answers: dict[str, Answered] = {}
    expected = row.expected()
    for who in expected:
        with transaction.atomic():
            client = client_of(who, row, cast)
            if who == "operator with a reason":
                for run_id in (owned.ids["run_id"], owned.ids["other_id"]):
                    access.open_run(cast["operator"], run_id, "The owner has asked me to look.")
            before = _rows()
            answers[who] = ask(client, row, url, owned.body(row))
            if row.method != "GET" and (expected[who] in (401, 403, 404) or who in WITHOUT_A_KEY):
                assert _rows() == before, f"{who} has changed something"
            if expected[who] == 404:
                _look_alike(answers[who], ask(client, row, unknown, owned.unknown().body(row)))
            transaction.set_rollback(True)
    assert {who: answer.status for who, answer in answers.items()} == expected
    shown = {"owner", "operator", "operator with a reason", *(["mate"] if row.shared else [])}
    for who in answers.keys() - shown:
        _tells_nothing(answers[who], who)
    assert SECRET not in answers["operator"].raw, "the operator is shown content without a reason"
    if row.shared:
        told = [word for word in (SECRET, NAME) if word in answers["owner"].raw]
        assert [word for word in told if word in answers["mate"].raw] == told
    if row.opened == 200 and SECRET in answers["owner"].raw:
        assert SECRET in answers["operator with a reason"].raw


def _url(name: str, row: Row, owned: Any) -> str:
    path = SITE.get(name, "")
    if name in UNNAMED.values():
        return f"/{path}" if path else "/api/v1/nothing"
    return str(owned.url(name, re.findall(r"<(?:\w+:)?(\w+)>", path), row.query))


def _rows() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in CHANGING]  # type: ignore[attr-defined]


def _look_alike(there: Answered, not_there: Answered) -> None:
    assert there.status == not_there.status
    assert there.headers == not_there.headers
    assert there.body == not_there.body
    assert there.statements == not_there.statements


def _tells_nothing(answer: Answered, who: str) -> None:
    """Whoever may not see the owner's run learns nothing of the owner's."""
    for word in (SECRET, NAME):
        assert word not in answer.raw, f"{who} is told {word}"


@pytest.mark.parametrize("key", [key for key, row in ROUTES.items() if row.face == "api" and row.method == "GET"])
def test_head_is_answered_to_everybody_as_get_is(key: str, tmp_path: Path) -> None:
    """The status and the headers, the length included; the original API knows no such method."""
    row, name = ROUTES[key], key.partition(" | ")[0]
    cast = people()
    owned = possessions(cast["owner"], cast["operator"], row.run, tmp_path)
    url = _url(name, row, owned)
    for who in row.expected():
        with transaction.atomic():
            client = client_of(who, row, cast)
            got, head = client.get(url), client.head(url)
            for response in (got, head):
                list(getattr(response, "streaming_content", ()))
            if name == "api:run_status":
                assert head.status_code == 405
            else:
                assert head.status_code == got.status_code
                assert _lasting(head) == _lasting(got)
            transaction.set_rollback(True)


def _lasting(response: Any) -> dict[str, str]:
    """The headers without what differs from request to request."""
    passing = ("X-Request-ID", "Content-Security-Policy", "RateLimit-Remaining", "RateLimit-Reset", "ETag")
    return {name: value for name, value in response.headers.items() if name not in passing}

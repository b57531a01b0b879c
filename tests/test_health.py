"""What is answered when all else has failed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest
from bs4 import BeautifulSoup
from django.db import connection, transaction
from django.test import Client

from runs import lifecycle
from runs.errors import UserLocked
from runs.models import ApiToken, User
from tests import acting


@pytest.fixture
def visitor() -> Client:
    """A browser that is shown what the site answers, not what it raised."""
    return Client(raise_request_exception=False)


@pytest.fixture
def outage(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The server refuses connections, as one that is being restarted does."""
    connection.close()
    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict, "HOST", "/nonexistent")
        yield
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_the_process_says_that_it_lives_without_the_database(visitor: Client, outage: None) -> None:
    assert visitor.get("/healthz").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_pages_say_that_the_database_is_away(visitor: Client, owner: User, outage: None) -> None:
    visitor.cookies["sessionid"] = "x" * 32

    answer = visitor.get("/")

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "The database cannot be reached" in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_form_sent_while_the_database_is_away_can_be_sent_again(visitor: Client, owner: User, outage: None) -> None:
    visitor.cookies["sessionid"] = "x" * 32
    sent = {"act": "flake", "lines": '7"><b>'}

    answer = visitor.post("/agents/rehearsal/", sent, headers={"origin": "http://testserver"})
    foreign = visitor.post("/agents/rehearsal/", sent, headers={"origin": "https://elsewhere.example"})

    assert answer.status_code == foreign.status_code == 503
    form = BeautifulSoup(answer.content, "lxml").select_one("form#sent-fields")
    assert form is not None
    assert form["action"] == "/agents/rehearsal/"
    assert {field["name"]: field["value"] for field in form.select("input")} == sent
    assert b"sent-fields" not in foreign.content


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("path", "media_type"),
    [("/api/v1/runs", "application/problem+json"), (f"/agents/status/{'0' * 32}", "application/json")],
)
def test_programs_are_told_in_their_own_form(visitor: Client, outage: None, path: str, media_type: str) -> None:
    answer = visitor.get(path, headers={"Authorization": "Bearer agentsite_x"})

    assert (answer.status_code, answer["Content-Type"], answer["Retry-After"]) == (503, media_type, "5")
    assert "database cannot be reached" in answer.json()["detail"]


@pytest.mark.django_db(transaction=True)
class TestLockWait:
    """Another request holds the user's row for longer than anybody waits."""

    @pytest.fixture(autouse=True)
    def _held(self, owner: User, settings: Any) -> Iterator[None]:
        settings.LOCK_WAIT_SECONDS = 0.1
        known = connection.get_connection_params()
        other = psycopg2.connect(**{k: v for k, v in known.items() if k not in ("cursor_factory", "context")})
        with other.cursor() as cursor:
            cursor.execute("SELECT 1 FROM runs_user WHERE id = %s FOR NO KEY UPDATE", [str(owner.pk)])
            yield
        other.close()

    def test_is_refused_and_stores_nothing(self, owner: User) -> None:
        with pytest.raises(UserLocked):
            acting.pending(owner)

        assert not owner.runs.exists()

    def test_leaves_the_connection_usable(self, owner: User) -> None:
        with pytest.raises(UserLocked):
            acting.pending(owner)

        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            assert cursor.fetchone() == ("0",)

    def test_answers_503_with_when_to_come_back(self, owner: User, client: Client) -> None:
        _, secret = ApiToken.issue(owner, "script")
        body = {"agent_type": "rehearsal", "user_id": str(owner.pk)}
        headers = {"Authorization": f"Bearer {secret}"}

        answer = client.post("/agents/run", body, content_type="application/json", headers=headers)

        assert (answer.status_code, answer["Retry-After"]) == (503, "1")

    def test_rescue_goes_on_to_the_next_user(self, owner: User, stranger: User) -> None:
        run = acting.running(stranger)
        acting.lose_lease(run)

        assert lifecycle.rescue() == 1

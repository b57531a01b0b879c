"""A request has one id, from the proxy to the agent's process, and nobody's id leaks into another's work."""

from __future__ import annotations

import re
import threading
import uuid

import pytest
from django.test import Client

from runs import lifecycle, origin
from runs.errors import LeaseLost
from runs.live import Application
from runs.models import AgentRun, User
from runs.views.fragments import render
from tests import acting
from tests.live.viewing import Viewer, play, url_of_run


@pytest.mark.parametrize("given", ["a", "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "A.b_c-9", "x" * 64])
def test_a_proxys_id_is_kept(given: str) -> None:
    assert Client().get("/healthz", headers={"X-Request-ID": given})["X-Request-ID"] == given


@pytest.mark.parametrize(
    "given", ["", " ", "x" * 65, "a b", "é", "a\nSet-Cookie: x=1", "<script>", '{"a":1}', "a/b", "a;b", "a\x00"]
)
def test_an_id_that_is_not_well_formed_is_replaced(given: str) -> None:
    answered = Client().get("/healthz", headers={"X-Request-ID": given})["X-Request-ID"]

    assert re.fullmatch(r"[0-9a-f]{32}", answered)


def test_two_requests_have_two_ids() -> None:
    assert Client().get("/healthz")["X-Request-ID"] != Client().get("/healthz")["X-Request-ID"]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/sign-in/", "/nothing-here/", "/api/v1/nothing", "/api/v1/runs", "/"])
def test_every_answer_names_its_request(address: str) -> None:
    assert Client().get(address)["X-Request-ID"]


def test_a_refused_host_is_named_too() -> None:
    answer = Client().get("/sign-in/", headers={"Host": "elsewhere.example.org", "X-Request-ID": "mine"})

    assert (answer.status_code, answer["X-Request-ID"]) == (400, "mine")


@pytest.mark.django_db
def test_a_run_keeps_the_id_of_the_request_that_asked_for_it(owner: User) -> None:
    page = Client()
    page.force_login(owner)

    page.post("/agents/rehearsal/", {}, headers={"X-Request-ID": "the-trigger"})

    assert AgentRun.objects.get().request_id == "the-trigger"


@pytest.mark.django_db
def test_a_run_that_no_request_asked_for_has_an_id_all_the_same(owner: User) -> None:
    first, second = acting.completed(owner), acting.completed(owner)

    assert first.request_id
    assert second.request_id
    assert first.request_id != second.request_id


@pytest.mark.django_db
def test_the_attempt_and_the_adopted_run_are_told(owner: User) -> None:
    with origin.coming_from(request_id="the-trigger"):
        run = acting.pending(owner)
    attempt = acting.started(run)
    assert attempt.request_id == "the-trigger"

    lifecycle.force_stop(run, by=owner)
    with pytest.raises(LeaseLost):
        lifecycle.complete(attempt, "late", {})
    with origin.coming_from(request_id="the-adoption"):
        assert lifecycle.adopt(acting.fresh(run), by=owner, reason="it is right").request_id == "the-adoption"


@pytest.mark.django_db(transaction=True)
def test_a_stream_answers_with_the_id_it_was_given(owner: User) -> None:
    run = acting.completed(owner)

    async def scene(live: Application) -> None:
        viewer = Viewer(live, url_of_run(run), [(b"x-request-id", b"from-the-proxy")])
        await viewer.rest()
        assert viewer.headers[b"x-request-id"] == b"from-the-proxy"

        refused = Viewer(live, f"/runs/{uuid.uuid4()}/stream")
        await refused.rest()
        assert (refused.status, len(refused.headers[b"x-request-id"])) == (404, 32)

    play(scene, render)


def test_what_is_noted_of_a_user_ends_with_the_request() -> None:
    with origin.coming_from(request_id="one", address="192.0.2.1"):
        origin.note_user(uuid.uuid4(), "somebody", "agentsite_abc")
        assert (origin.here().user_name, origin.here().request_id) == ("somebody", "one")

    assert origin.here() == origin.Origin()


def test_threads_know_nothing_of_one_another() -> None:
    seen = []
    with origin.coming_from(request_id="one"):
        other = threading.Thread(target=lambda: seen.append(origin.here().request_id))
        other.start()
        other.join()

    assert seen == [""]

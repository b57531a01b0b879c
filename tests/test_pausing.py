"""Pausing an agent and resuming it: one way through page, admin and command, and a history of it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from runs import lifecycle, pausing
from runs.errors import AgentNotPaused, AgentPaused, ReasonMissing, UnknownAgent
from runs.models import AgentEvent, AgentSettings, User
from tests import acting
from tests.commands.calling import call
from tests.pages.conftest import signed_in
from tests.pages.reading import soup, text

pytestmark = pytest.mark.django_db

HOME, STATUS = reverse("home"), reverse("status")
REHEARSAL = reverse("agent", args=["rehearsal"])
PAUSE, RESUME = reverse("agent_pause", args=["rehearsal"]), reverse("agent_resume", args=["rehearsal"])


def events() -> list[tuple[str, str, str, str]]:
    """What has been written of all agents, oldest first."""
    found = AgentEvent.objects.order_by("pk").select_related("actor")
    return [(event.agent, event.kind, event.actor.username if event.actor else "", event.message) for event in found]


def by_the_page(operator: User, reason: str) -> None:
    signed_in(operator).post(PAUSE, {"reason": reason})


def by_the_admin(operator: User, reason: str) -> None:
    browser = signed_in(operator)
    pages = reverse("admin:runs_agentsettings_changelist")
    browser.get(pages)
    sent = {"_selected_action": "rehearsal", "confirmed": "yes", "action": "pause_agents", "reason": reason}
    browser.post(pages, sent)


def by_the_command(operator: User, reason: str) -> None:
    call("pauseagent", "rehearsal", "--reason", reason, "--by", operator.username)


@pytest.mark.parametrize("way", [by_the_page, by_the_admin, by_the_command])
def test_every_way_of_pausing_does_and_writes_the_same(
    owner: User, operator: User, way: Callable[[User, str], None]
) -> None:
    way(operator, "Back at noon.")
    settings = AgentSettings.objects.get(agent="rehearsal")
    assert (settings.is_paused, settings.paused_by, settings.paused_reason) == (True, operator, "Back at noon.")
    assert events() == [("rehearsal", "paused", "operator", "Back at noon.")]
    with pytest.raises(AgentPaused, match=r"Rehearsal is paused: Back at noon\."):
        lifecycle.trigger(owner, "rehearsal", {})


def test_resuming_lets_it_run_again_and_is_written_too(owner: User, operator: User) -> None:
    pausing.pause("rehearsal", by=operator, reason="Back at noon.")
    pausing.resume("rehearsal", by=operator)
    assert lifecycle.trigger(owner, "rehearsal", {}).is_active
    settings = AgentSettings.objects.get(agent="rehearsal")
    assert (settings.paused_at, settings.paused_by, settings.paused_reason) == (None, None, "")
    assert events()[1:] == [("rehearsal", "resumed", "operator", "")]


def test_what_was_triggered_before_goes_on(owner: User, operator: User) -> None:
    run = acting.pending(owner)
    pausing.pause("rehearsal", by=operator, reason="Back at noon.")
    assert lifecycle.complete(acting.started(run), "rehearsed", {}).status == "completed"


def test_refusals_change_and_write_nothing(operator: User) -> None:
    with pytest.raises(ReasonMissing):
        pausing.pause("rehearsal", by=operator, reason=" \n ")
    with pytest.raises(UnknownAgent):
        pausing.pause("nobody", by=operator, reason="why not")
    with pytest.raises(AgentNotPaused):
        pausing.resume("rehearsal", by=operator)
    assert events() == []
    assert not AgentSettings.objects.exists()


def test_whoever_comes_second_is_told_of_the_first(operator: User, stranger: User) -> None:
    pausing.pause("rehearsal", by=operator, reason="first")
    with pytest.raises(AgentPaused, match="paused already: first") as refused:
        pausing.pause("rehearsal", by=stranger, reason="second")
    assert refused.value.settings.paused_by == operator
    assert len(events()) == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_pauses(operator: User, stranger: User) -> None:
    start, refused = threading.Barrier(2), []

    def pause(by: User) -> None:
        start.wait(10)
        try:
            pausing.pause("rehearsal", by=by, reason=by.username)
        except AgentPaused as refusal:
            refused.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=pause, args=[by]) for by in (operator, stranger)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(refused) == 1
    ((_, _, actor, reason),) = events()
    assert actor == reason == AgentSettings.objects.get(agent="rehearsal").paused_reason


def test_what_the_database_refuses_in_a_reason_is_replaced_and_a_long_one_cut(operator: User) -> None:
    settings = pausing.pause("rehearsal", by=operator, reason="a\x00b" + "x" * 500)
    assert settings.paused_reason.startswith("a\N{REPLACEMENT CHARACTER}b")
    assert len(settings.paused_reason) == pausing.LONGEST_REASON


# --- Pages


def test_users_are_shown_by_whom_since_when_and_why(owner: User, operator: User) -> None:
    pausing.pause("rehearsal", by=operator, reason="<b>Back at noon</b>")
    browser = signed_in(owner)
    for url in (HOME, REHEARSAL):
        shown = text(browser.get(url))
        assert "aused: <b>Back at noon</b>" in shown
        assert "Paused by operator," in shown
        assert soup(browser.get(url)).select_one("main time[datetime]")


def test_only_operators_are_offered_the_button_and_let_through(client: Client, owner: User, operator: User) -> None:
    for url in (PAUSE, RESUME):
        assert signed_in(owner).post(url, {"reason": "mine"}).status_code == 404
        assert client.post(url).status_code == 302
    assert events() == []

    def forms(user: User) -> list[str]:
        return [str(form.get("action")) for form in soup(signed_in(user).get(REHEARSAL)).select("main form")]

    assert PAUSE in forms(operator)
    assert PAUSE not in forms(owner)
    pausing.pause("rehearsal", by=operator, reason="Back at noon.")
    assert RESUME in forms(operator)
    assert RESUME not in forms(owner)


def test_the_button_leads_back_to_where_it_was_pressed(operator: User) -> None:
    browser = signed_in(operator)
    assert browser.post(PAUSE, {"reason": "a", "back": "status"})["Location"] == STATUS
    assert browser.post(RESUME, {"back": "https://elsewhere.example"})["Location"] == REHEARSAL


def test_without_a_reason_the_page_asks_for_it(operator: User) -> None:
    browser = signed_in(operator)
    assert browser.get(PAUSE).status_code == 200
    response = browser.post(PAUSE, {"reason": " "})
    assert response.status_code == 422
    assert "Please give a reason" in text(response)
    assert events() == []


def test_a_refused_press_says_what_has_happened_meanwhile(operator: User) -> None:
    browser = signed_in(operator)
    response = browser.post(RESUME)
    assert (response.status_code, "Rehearsal is not paused." in text(response)) == (409, True)
    pausing.pause("rehearsal", by=operator, reason="first")
    response = browser.post(PAUSE, {"reason": "second"})
    assert (response.status_code, "paused already: first" in text(response)) == (409, True)


def test_links_do_not_resume(operator: User) -> None:
    assert signed_in(operator).get(RESUME).status_code == 405


# --- Commands


def test_commands_answer_in_sentences_and_exit_codes(operator: User) -> None:
    assert call("resumeagent", "rehearsal").code == 4
    assert call("pauseagent", "rehearsal", "--reason", " ").code == 2
    assert "New runs are refused" in call("pauseagent", "rehearsal", "--reason", "Back at noon.").stdout
    again = call("pauseagent", "rehearsal", "--reason", "again")
    assert (again.code, "paused already: Back at noon." in again.stderr) == (4, True)
    assert "can be run again" in call("resumeagent", "rehearsal").stdout

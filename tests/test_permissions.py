"""Agents for groups: for anybody else there is no such agent, at any face."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from runs import lifecycle, saved_inputs
from runs.agents import AGENTS
from runs.errors import NotAllowed, UnknownAgent
from runs.limits import permitted_agent, permitted_agents
from runs.models import AgentRun, AgentSettings, AuditEntry, Status, User
from tests import acting
from tests.api.scripts import script_of
from tests.pages.reading import soup

pytestmark = pytest.mark.django_db


@pytest.fixture
def group() -> Group:
    """Those who may run the rehearsal; the stranger is one of them."""
    group = Group.objects.create(name="Rehearsers")
    AgentSettings.objects.create(agent="rehearsal").groups.add(group, Group.objects.create(name="Nobody"))
    return group


@pytest.fixture
def _closed(group: Group, stranger: User) -> None:
    group.user_set.add(stranger)


def page_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.usefixtures("_closed")
class TestClosed:
    def test_members_and_operators_run_it_and_others_do_not(self, owner: User, stranger: User, operator: User) -> None:
        assert acting.pending(stranger).status == acting.pending(operator).status == Status.PENDING
        with pytest.raises(UnknownAgent):
            acting.pending(owner)
        assert not AgentRun.objects.filter(user=owner).exists()

    def test_it_is_offered_to_whom_it_is_open(self, owner: User, stranger: User, operator: User) -> None:
        assert [agent.name for agent in permitted_agents(owner)] == ["document-extractor", "policy-checker"]
        for user in (stranger, operator):
            assert [agent.name for agent in permitted_agents(user)] == list(AGENTS)
            assert permitted_agent(user, "rehearsal").name == "rehearsal"

    def test_an_operators_script_without_power_is_anybodys(self, operator: User) -> None:
        operator.uses_power = False
        with pytest.raises(UnknownAgent):
            permitted_agent(operator, "rehearsal")

    def test_no_page_speaks_of_it(self, owner: User, stranger: User) -> None:
        for page in (reverse("home"), reverse("runs")):
            assert reverse("agent", args=["rehearsal"]) not in page_of(owner).get(page).content.decode()
            assert reverse("agent", args=["rehearsal"]) in page_of(stranger).get(page).content.decode()

    @pytest.mark.parametrize("name", ["agent", "agent_history", "agent_sample", "agent_draft"])
    def test_its_pages_are_those_of_an_agent_that_is_not_there(self, owner: User, name: str) -> None:
        client = page_of(owner)
        send = client.post if name == "agent_draft" else client.get
        closed, unknown = (send(reverse(name, args=[agent])) for agent in ("rehearsal", "rehearsel"))
        assert closed.status_code == unknown.status_code == 404
        assert soup(closed).main is not None
        assert _words(closed).replace("rehearsal", "rehearsel") == _words(unknown)

    def test_the_api_has_no_such_agent(self, owner: User) -> None:
        script = script_of(owner)
        assert "rehearsal" not in str(script.get("/api/v1/agents").json())
        for answers in (
            [script.get(f"/api/v1/agents/{name}") for name in ("rehearsal", "rehearsel")],
            [script.post("/api/v1/runs", {"agent": name}) for name in ("rehearsal", "rehearsel")],
        ):
            assert [answer.status_code for answer in answers] == [404, 404]
            closed, unknown = ({**answer.json(), "request_id": "", "instance": ""} for answer in answers)
            assert str(closed).replace("rehearsal", "rehearsel") == str(unknown)

    def test_the_original_api_refuses_it_as_an_unknown_agent(self, owner: User) -> None:
        script = script_of(owner)
        closed, unknown = (
            script.post("/agents/run", {"agent_type": name, "user_id": str(owner.pk)})
            for name in ("rehearsal", "none")
        )
        assert closed.status_code == unknown.status_code == 422
        assert closed.json()["detail"] == [{**unknown.json()["detail"][0], "input": "rehearsal"}]

    def test_what_was_saved_of_it_is_out_of_reach_and_stays(self, owner: User, group: Group) -> None:
        kept = saved_inputs.keep_draft(owner, AGENTS["rehearsal"], {})
        client = page_of(owner)
        assert client.get(reverse("agent", args=["rehearsal"]), {"saved": kept.pk}).status_code == 404
        assert client.post(reverse("saved_input_rename", args=[kept.pk]), {"name": ""}).status_code == 404
        group.user_set.add(owner)
        assert client.get(reverse("agent", args=["rehearsal"]), {"saved": kept.pk}).status_code == 200


class TestTakenAway:
    """The permission goes while something is under way."""

    def test_a_run_that_holds_a_slot_goes_on_and_its_result_stays(self, owner: User, group: Group) -> None:
        group.user_set.add(owner)
        attempt = acting.started(acting.pending(owner))
        group.user_set.remove(owner)
        run = lifecycle.complete(attempt, "rehearsed", {})
        assert run.status == Status.COMPLETED
        assert page_of(owner).get(reverse("run", args=[run.pk])).status_code == 200

    def test_a_run_in_the_waiting_seat_is_cancelled_when_its_turn_comes(self, owner: User, group: Group) -> None:
        group.user_set.add(owner)
        waiting = acting.waiting(owner)
        active = AgentRun.objects.active().get()
        group.user_set.remove(owner)
        lifecycle.complete(acting.started(active), "rehearsed", {})
        ended = acting.fresh(waiting)
        assert (ended.status, ended.ended_by) == (Status.CANCELLED, None)
        assert ended.error == "Run was cancelled: its user may not run this agent any more"
        assert not AgentRun.objects.active().exists()

    def test_running_again_is_refused_and_an_operator_is_told_why(
        self, owner: User, operator: User, group: Group
    ) -> None:
        group.user_set.add(owner)
        run = acting.completed(owner)
        group.user_set.remove(owner)
        with pytest.raises(UnknownAgent):
            lifecycle.rerun(run, by=owner)
        with pytest.raises(NotAllowed, match="owner may not run this agent"):
            lifecycle.rerun(run, by=operator)


def test_operators_choose_the_groups_on_the_agents_page(operator: User, owner: User) -> None:
    AgentSettings.objects.create(agent="rehearsal")
    group = Group.objects.create(name="Rehearsers")
    url = reverse("admin:runs_agentsettings_change", args=["rehearsal"])
    assert page_of(operator).post(url, {"groups": [group.pk], "run_limit_seconds": "30"}).status_code == 302
    chosen = AgentSettings.objects.get(agent="rehearsal")
    assert (list(chosen.groups.all()), chosen.run_limit_seconds) == ([group], 30)
    assert page_of(owner).get(reverse("agent", args=["rehearsal"])).status_code == 404
    entry = AuditEntry.objects.get(action="agent.groups_chosen")
    assert (entry.actor_id, entry.subject_id, entry.details) == (operator.pk, "rehearsal", {"groups": ["Rehearsers"]})


def _words(response: Any) -> str:
    main = soup(response).main
    assert main is not None
    return " ".join(main.get_text(" ").split())

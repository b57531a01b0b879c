"""A verified result that is pinned is given again by later versions, or somebody says yes to what they change."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from runs import agents, goldens, lifecycle, worker
from runs.agents.document_extractor import DocumentExtractor
from runs.errors import AgentHeld, AlreadyGolden, NotGolden, NotYetChecked, WrongStatus
from runs.models import AgentRun, AgentSettings, AuditEntry, Golden, User
from tests import acting
from tests.api.scripts import script_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def extracted(owner: User) -> AgentRun:
    """A completed run of the extractor on its sample, as a worker left it."""
    run = lifecycle.trigger(owner, "document-extractor", {})
    worker.deliver(str(run.pk))
    run = acting.fresh(run)
    assert run.output is not None
    return run


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> str:
    """The site after an upgrade of the agent, whose code says another version."""
    monkeypatch.setattr(DocumentExtractor, "version", "99.0.0")
    return "99.0.0"


def accepted() -> str:
    return AgentSettings.objects.get(agent="document-extractor").accepted_version


def spoil(golden: Golden) -> None:
    """Have another value expected than the agent gives: the same as a version that gives another one."""
    golden.expected["fields"][0]["normalised"] = "something else"
    golden.expected["fields"][0]["value"] = "something else"
    golden.save()


def checked() -> list[Golden]:
    return list(goldens.check(agents.get("document-extractor")))


# --- Pinning


def test_the_first_golden_accepts_the_version_that_is_there(extracted: AgentRun, owner: User) -> None:
    goldens.pin(extracted, by=owner, note=" all of it compared ")

    golden = Golden.objects.get()
    assert (golden.note, golden.expected, golden.pinned_by) == ("all of it compared", extracted.output, owner)
    assert accepted() == DocumentExtractor.version
    assert AuditEntry.objects.filter(action="golden.pinned").exists()


def test_a_run_is_pinned_once(extracted: AgentRun, owner: User) -> None:
    goldens.pin(extracted, by=owner)

    with pytest.raises(AlreadyGolden):
        goldens.pin(extracted, by=owner)


def test_what_has_no_result_is_not_pinned(owner: User) -> None:
    run = lifecycle.trigger(owner, "rehearsal", {"seconds": 0})

    with pytest.raises(WrongStatus):
        goldens.pin(run, by=owner)


def test_with_the_last_golden_the_gate_is_gone(extracted: AgentRun, owner: User, later: str) -> None:
    goldens.pin(extracted, by=owner)
    AgentSettings.objects.update(accepted_version="1.0.0")

    goldens.unpin(extracted, by=owner)

    assert accepted() == ""
    lifecycle.trigger(owner, "document-extractor", {})
    with pytest.raises(NotGolden):
        goldens.unpin(extracted, by=owner)


# --- A new version


def test_a_new_version_serves_nobody_before_it_is_checked(extracted: AgentRun, owner: User, later: str) -> None:
    goldens.pin(extracted, by=owner)
    AgentSettings.objects.update(accepted_version="2.0.0")

    with pytest.raises(AgentHeld, match=r"99\.0\.0 is held back"):
        lifecycle.trigger(owner, "document-extractor", {})


def test_without_goldens_a_new_version_needs_no_yes(owner: User, later: str) -> None:
    lifecycle.trigger(owner, "document-extractor", {})


def test_a_version_that_keeps_all_goldens_is_accepted_by_itself(extracted: AgentRun, owner: User, later: str) -> None:
    goldens.pin(extracted, by=owner)
    AgentSettings.objects.update(accepted_version="2.0.0")

    (golden,) = checked()

    assert (golden.is_kept, golden.checked_version, golden.fault) == (True, later, "")
    assert accepted() == later
    lifecycle.trigger(owner, "document-extractor", {})


def test_a_version_that_changes_one_is_held_until_somebody_says_yes(
    extracted: AgentRun, owner: User, operator: User, later: str
) -> None:
    spoil(goldens.pin(extracted, by=owner))
    AgentSettings.objects.update(accepted_version="2.0.0")

    (golden,) = checked()

    assert (golden.is_kept, golden.change_count) == (False, len(golden.changes))
    assert "something else" in {change["left"]["text"] for change in golden.changes if change["left"]}
    with pytest.raises(AgentHeld):
        lifecycle.trigger(owner, "document-extractor", {})

    assert goldens.accept(agents.get("document-extractor"), by=operator) == 1
    lifecycle.trigger(owner, "document-extractor", {})
    assert Golden.objects.get().expected == acting.fresh(extracted).output
    assert AuditEntry.objects.get(action="agent.version_accepted").details["version"] == later


def test_nobody_says_yes_to_what_was_not_looked_at(
    extracted: AgentRun, owner: User, operator: User, later: str
) -> None:
    goldens.pin(extracted, by=owner)
    AgentSettings.objects.update(accepted_version="2.0.0")

    with pytest.raises(NotYetChecked):
        goldens.accept(agents.get("document-extractor"), by=operator)


def test_a_golden_that_is_not_answered_is_no_golden_kept(extracted: AgentRun, owner: User, later: str) -> None:
    golden = goldens.pin(extracted, by=owner)
    AgentRun.objects.filter(pk=golden.run_id).update(input={"max_pages": "many"})

    (golden,) = checked()

    assert not golden.is_kept
    assert golden.fault
    assert golden.expected == extracted.output


def test_runs_asked_for_before_go_on(extracted: AgentRun, owner: User, later: str) -> None:
    run = lifecycle.trigger(owner, "document-extractor", {})
    goldens.pin(extracted, by=owner)
    AgentSettings.objects.update(accepted_version="2.0.0")

    worker.deliver(str(run.pk))

    assert acting.fresh(run).status == "completed"


# --- The command


def test_the_command_says_what_has_changed_and_how_to_say_yes(
    extracted: AgentRun, owner: User, operator: User, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(goldens.pin(extracted, by=owner))

    with pytest.raises(CommandError, match="checkagents --accept document-extractor") as refusal:
        call_command("checkagents")

    assert refusal.value.returncode == 1
    said = capsys.readouterr().out
    assert "something else -> " in said
    assert "0 of 1 goldens are kept" in said
    call_command("checkagents", "document-extractor", accept=True, by=operator.username)
    call_command("checkagents")
    assert "1 of 1 goldens are kept" in capsys.readouterr().out


def test_at_the_start_only_new_versions_are_checked(
    extracted: AgentRun, owner: User, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(goldens.pin(extracted, by=owner))

    call_command("checkagents", if_needed=True)

    assert capsys.readouterr().out == ""


def test_an_agent_nobody_knows_is_refused(db: None) -> None:
    with pytest.raises(CommandError, match="There is no agent named 'nobody'"):
        call_command("checkagents", "nobody")


# --- The pages and the API


def page(client: Client, user: User, name: str, *args: Any, **sent: str) -> Any:
    client.force_login(user)
    url = reverse(name, args=args)
    return client.post(url, sent, follow=True) if sent else client.get(url)


def test_the_page_of_a_run_pins_and_unpins(client: Client, extracted: AgentRun, owner: User) -> None:
    answer = page(client, owner, "run_pin", extracted.pk, note="compared")

    assert "Unpin" in answer.content.decode()
    assert Golden.objects.get().note == "compared"
    assert "Pin as golden" in page(client, owner, "run_unpin", extracted.pk, sure="yes").content.decode()
    assert not Golden.objects.exists()


def test_operators_see_what_a_version_changes_and_accept_it(
    client: Client, extracted: AgentRun, owner: User, operator: User, later: str
) -> None:
    spoil(goldens.pin(extracted, by=owner, note="the sample"))
    AgentSettings.objects.update(accepted_version="2.0.0")
    checked()

    shown = page(client, operator, "golden_documents").content.decode()
    assert "This version changes 1 of 1" in shown
    assert "something else" in shown
    assert "Held back" in page(client, operator, "home").content.decode()
    assert "waits for your yes" in page(client, operator, "status").content.decode()
    page(client, operator, "agent_accept", "document-extractor", sure="yes")

    assert accepted() == later
    assert "Held back" not in page(client, operator, "home").content.decode()


def test_the_form_of_an_agent_that_is_held_says_so_and_keeps_what_was_filled_in(
    client: Client, extracted: AgentRun, owner: User, later: str
) -> None:
    goldens.pin(extracted, by=owner)
    AgentSettings.objects.update(accepted_version="2.0.0")

    answer = page(client, owner, "agent", "document-extractor", max_pages="7")

    assert answer.status_code == 409
    assert "99.0.0 is held back" in answer.content.decode()
    assert 'value="7"' in answer.content.decode()


def test_scripts_pin_list_and_accept(extracted: AgentRun, owner: User, operator: User, later: str) -> None:
    mine, theirs = script_of(owner), script_of(operator)
    pinned = mine.post(f"/api/v1/runs/{extracted.pk}/pin", {"note": "compared"}).json()
    assert (pinned["run"], pinned["is_kept"], pinned["note"]) == (str(extracted.pk), True, "compared")
    spoil(Golden.objects.get())
    AgentSettings.objects.update(accepted_version="2.0.0")
    assert mine.post("/api/v1/runs", {"agent": "document-extractor"}).json()["code"] == "agent_held"
    assert theirs.post("/api/v1/agents/document-extractor/accept").json()["code"] == "not_yet_checked"
    checked()

    (listed,) = theirs.get("/api/v1/goldens").json()["goldens"]
    assert (listed["is_kept"], listed["checked_version"]) == (False, later)
    assert listed["changes"][0]["left"]["text"] == "something else"
    assert theirs.get("/api/v1/agents/document-extractor").json()["is_held"] is True
    assert theirs.post("/api/v1/agents/document-extractor/accept").json()["is_held"] is False
    assert mine.post(f"/api/v1/runs/{extracted.pk}/unpin").status_code == 204
    assert mine.post(f"/api/v1/runs/{extracted.pk}/unpin").json()["code"] == "not_golden"

"""``runagent``: what is asked for, in which words, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runs import lifecycle
from runs.models import AgentRun, AgentSettings, Document, Policy, Trigger, User
from tests import acting
from tests.commands.calling import call

# --- What is asked for


def test_the_only_superuser_is_meant_and_the_trigger_is_the_command(operator: User) -> None:
    said = call("runagent", "rehearsal", "--no-follow")
    run = AgentRun.objects.get()
    assert said.code == 0
    assert said.stdout.strip() == str(run.pk)
    assert (run.user, run.trigger) == (operator, Trigger.COMMAND)


def test_options_come_from_the_agents_input(owner: User) -> None:
    words = ("--act", "flake", "--seconds", "1.5", "--succeed-on-attempt", "3")
    assert call("runagent", "rehearsal", "--user", "owner", "--no-follow", *words).code == 0
    asked = AgentRun.objects.get().input
    assert (asked["act"], asked["seconds"], asked["succeed_on_attempt"], asked["steps"]) == ("flake", 1.5, 3, 5)


def test_yes_and_no_are_options_of_their_own(owner: User) -> None:
    call("runagent", "document-extractor", "--user", "owner", "--no-follow", "--no-include-text")
    assert AgentRun.objects.get().input["include_text"] is False


def test_input_is_overlaid_by_set_and_set_by_options(owner: User) -> None:
    whole = json.dumps({"act": "stall", "steps": 7, "lines": 9})
    words = ("--input", whole, "--set", "steps=8", "--set", "act=flake", "--act", "fail")
    assert call("runagent", "rehearsal", "--user", "owner", "--no-follow", *words).code == 0
    asked = AgentRun.objects.get().input
    assert (asked["act"], asked["steps"], asked["lines"]) == ("fail", 8, 9)


def test_a_file_becomes_a_document_of_the_user(owner: User, tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Invoice number 2026-17")
    said = call("runagent", "document-extractor", "--user", "owner", "--document", file, "--no-follow")
    assert said.code == 0, said.stderr
    document = Document.objects.get()
    run = AgentRun.objects.get()
    assert (document.owner, document.name, run.document) == (owner, "letter.txt", document)
    lifecycle.cancel(run, by=owner)
    said = call("runagent", "document-extractor", "--user", "owner", "--document", document.pk, "--no-follow")
    assert said.code == 0, said.stderr
    assert AgentRun.objects.active().get().document == document


def test_a_policy_is_named(owner: User) -> None:
    call("runagent", "policy-checker", "--user", "owner", "--policy", "contract-basics", "--no-follow")
    assert AgentRun.objects.get().policy == Policy.objects.get(name="contract-basics")


def test_a_list_may_come_from_a_file(owner: User, tmp_path: Path) -> None:
    file = tmp_path / "fields.json"
    file.write_text('[{"name": "Notice period", "type": "number"}]')

    call("runagent", "document-extractor", "--user", "owner", "--fields", f"@{file}", "--no-follow")

    assert AgentRun.objects.get().input["fields"] == [{"name": "Notice period", "description": "", "type": "number"}]


def test_a_file_that_is_not_there_is_said(owner: User, tmp_path: Path) -> None:
    said = call("runagent", "document-extractor", "--user", "owner", "--fields", f"@{tmp_path}/none.json")

    assert (said.code, AgentRun.objects.count()) == (2, 0)
    assert "none.json: No such file or directory." in said.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--set", "colour=red"), "colour:"),
        (("--set", "colour"), "has no value"),
        (("--seconds", "soon"), "seconds: Please give a number."),
        (("--input", "{"), "--input is not JSON"),
        (("--input", "[1]"), "must be a JSON object"),
        (("--timeout", "-1"), "can not be negative"),
        (("--user", "nobody"), "There is no user named 'nobody'"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(operator: User, words: tuple[str, ...], sentence: str) -> None:
    said = call("runagent", "rehearsal", *words)
    assert said.code == 2
    assert sentence in said.stderr
    assert not AgentRun.objects.exists()


@pytest.mark.parametrize(
    ("content", "sentence"), [(b"", "The file is empty."), (b"\x7fELF\x02\x01\x01" + bytes(64), "can be read")]
)
def test_a_document_that_cannot_be_read_is_refused(
    operator: User, tmp_path: Path, content: bytes, sentence: str
) -> None:
    file = tmp_path / "file.pdf"
    file.write_bytes(content)
    said = call("runagent", "document-extractor", "--document", file)
    assert said.code == 2
    assert sentence in said.stderr


@pytest.mark.parametrize("name", ["no-such-file.pdf", "/", "00000000-0000-4000-8000-000000000000"])
def test_a_document_that_is_not_there_is_refused(operator: User, name: str) -> None:
    said = call("runagent", "document-extractor", "--document", name)
    assert said.code == 2
    assert said.stderr
    assert not AgentRun.objects.exists()


def test_a_paused_agent_says_why(operator: User) -> None:
    AgentSettings.objects.create(
        agent="rehearsal", paused_at="2026-01-01T00:00Z", paused_reason="It is being repaired."
    )
    said = call("runagent", "rehearsal")
    assert said.code == 4
    assert "It is being repaired." in said.stderr


# --- Conflict


def test_a_conflict_names_the_active_run_and_the_ways_out(operator: User) -> None:
    active = acting.running(operator)
    said = call("runagent", "rehearsal")
    assert said.code == 4
    assert str(active.pk)[:8] in said.stderr
    assert "--on-conflict wait" in said.stderr
    assert AgentRun.objects.count() == 1


def test_wait_takes_the_seat_and_a_taken_seat_is_a_conflict(operator: User) -> None:
    acting.running(operator)
    assert call("runagent", "rehearsal", "--on-conflict", "wait", "--no-follow").code == 0
    assert AgentRun.objects.waiting().count() == 1
    said = call("runagent", "rehearsal", "--on-conflict", "wait", "--no-follow")
    assert said.code == 4
    assert "already waiting" in said.stderr

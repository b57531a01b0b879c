"""``/api/v1/saved-inputs``: what the agents' pages keep, for scripts."""

from __future__ import annotations

import json
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from runs import saved_inputs, uploads
from runs.agents import AGENTS
from runs.models import ApiToken, SavedInput, User
from tests.api.scripts import Script

URL = "/api/v1/saved-inputs"
REHEARSAL = AGENTS["rehearsal"]


def change(script: Script, path: str, body: Any) -> Any:
    return script.client.generic("PATCH", path, json.dumps(body), "application/json")


def test_input_is_kept_under_a_name_and_found_again(script: Script, owner: User) -> None:
    document = uploads.keep(SimpleUploadedFile("a.txt", b"some text"), owner)
    given = {"agent": "document-extractor", "name": "Invoices", "input": {"document": str(document.pk), "odd": [1]}}
    response = script.post(URL, given)
    kept = response.json()
    assert (response.status_code, response["Location"]) == (201, kept["url"])
    assert {name: kept[name] for name in given} == given
    assert kept["document"]["name"] == "a.txt"
    assert script.get(kept["url"]).json() == kept
    [line] = script.get(URL).json()["saved_inputs"]
    assert line == {name: value for name, value in kept.items() if name != "input"}


def test_keeping_one_with_a_name_takes_no_draft_away(script: Script, owner: User) -> None:
    for _ in range(saved_inputs.MOST_DRAFTS):
        saved_inputs.keep_draft(owner, REHEARSAL, {})
    assert script.post(URL, {"agent": "rehearsal", "name": "a"}).status_code == 201
    assert saved_inputs.drafts(owner).count() == saved_inputs.MOST_DRAFTS


def test_draft_becomes_a_preset_by_its_first_name(script: Script, owner: User) -> None:
    draft = saved_inputs.keep_draft(owner, REHEARSAL, {"seconds": 1})
    body = change(script, f"{URL}/{draft.pk}", {"name": " Short  one "}).json()
    assert (body["name"], body["input"]) == ("Short one", {"seconds": 1})
    assert not saved_inputs.drafts(owner).exists()


def test_name_is_there_once_for_each_agent(script: Script, owner: User) -> None:
    saved = {"agent": "rehearsal", "name": "a"}
    assert script.post(URL, saved).status_code == 201
    assert script.post(URL, {**saved, "agent": "policy-checker"}).status_code == 201
    response = script.post(URL, saved)
    assert (response.status_code, response.json()["code"]) == (422, "input_not_kept")
    assert SavedInput.objects.filter(agent="rehearsal").count() == 1


def test_what_can_not_be_kept_is_refused(script: Script) -> None:
    blank = script.post(URL, {"agent": "rehearsal", "name": " "})
    large = script.post(URL, {"agent": "rehearsal", "name": "a", "input": {"note": "x" * saved_inputs.LARGEST}})
    unknown = script.post(URL, {"agent": "nobody", "name": "a"})
    assert [each.json()["code"] for each in (blank, large, unknown)] == [
        "input_not_kept", "input_not_kept", "unknown_agent",
    ]  # fmt: skip
    assert not SavedInput.objects.exists()


def test_deleted_is_gone_and_of_others_there_is_nothing(script: Script, owner: User, stranger: User) -> None:
    own, other = (saved_inputs.keep_named(user, REHEARSAL, {}, "a") for user in (owner, stranger))
    assert script.client.delete(f"{URL}/{own.pk}").status_code == 204
    assert script.client.delete(f"{URL}/{other.pk}").status_code == 404
    assert change(script, f"{URL}/{other.pk}", {"name": "b"}).status_code == 404
    assert list(SavedInput.objects.values_list("pk", "name")) == [(other.pk, "a")]


def test_token_that_may_not_read_runs_changes_nothing(owner: User) -> None:
    saved = saved_inputs.keep_named(owner, REHEARSAL, {"seconds": 2}, "a")
    script = Script(ApiToken.issue(owner, "writing", scopes=["runs:write"])[1])
    answers = [
        script.post(URL, {"agent": "rehearsal", "name": "b"}),
        change(script, f"{URL}/{saved.pk}", {"name": "b"}),
        script.client.delete(f"{URL}/{saved.pk}"),
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert SavedInput.objects.get().name == "a"


def test_script_leaves_a_draft_for_somebody_to_run(script: Script, owner: User) -> None:
    kept = script.post(URL, {"agent": "rehearsal", "input": {"seconds": 1}}).json()
    assert (kept["name"], kept["input"]) == ("", {"seconds": 1})
    assert kept["page_url"].endswith(f"/agents/rehearsal/?saved={kept['id']}")
    for _ in range(saved_inputs.MOST_DRAFTS):
        script.post(URL, {"agent": "rehearsal"})
    assert script.get(kept["url"]).status_code == 404
    assert saved_inputs.drafts(owner).count() == saved_inputs.MOST_DRAFTS

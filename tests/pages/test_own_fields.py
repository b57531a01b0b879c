"""Fields of one's own: filled in line by line, refused by line, shown with what became of each and what it cost."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from agentsite.language_models import LanguageModel
from runs.agents.document_extractor import DocumentExtractor
from runs.models import AgentRun, User
from tests import acting
from tests.agents.recording import RecordingContext, document_file
from tests.pages.reading import control, soup, text

EXTRACTOR = "/agents/document-extractor/"
FILLED_IN = {
    "fields-0-name": "Notice period",
    "fields-0-description": "In days.",
    "fields-0-type": "number",
    "fields-1-type": "date",
    "fields-7-name": " Begin ",
    "fields-7-type": "date",
}
UNDERSTOOD = [
    {"name": "Notice period", "description": "In days.", "type": "number"},
    {"name": "Begin", "description": "", "type": "date"},
]


def posted(page: Client, **changes: str) -> HttpResponse:
    sent: dict[str, Any] = {"document": "", "include_text": "on", **FILLED_IN, **changes}
    return page.post(EXTRACTOR, sent)  # type: ignore[return-value]


def test_lines_become_fields_and_empty_ones_none(page: Client) -> None:
    assert posted(page).status_code == 302

    assert AgentRun.objects.get().input["fields"] == UNDERSTOOD


def test_no_lines_are_no_fields(page: Client) -> None:
    page.post(EXTRACTOR, {"document": "", "fields-0-name": "", "fields-0-type": "text"})

    assert AgentRun.objects.get().input["fields"] == []


def test_what_is_wrong_is_said_by_line_and_nothing_is_lost(page: Client) -> None:
    refused = posted(page, **{"fields-0-name": "", "fields-7-name": "n" * 81})

    assert AgentRun.objects.count() == 0
    said = text(refused)
    assert "Line 1, name: Please fill this in." in said
    assert "Line 2, name: Please give at most 80 characters." in said
    assert control(refused, "fields-0-description")["value"] == "In days."
    assert control(refused, "fields-1-name")["value"] == "n" * 81
    assert control(refused, "fields-1-type").select_one("option[selected]")["value"] == "date"  # type: ignore[index]
    assert soup(refused).select_one("#field_fields details[open]")


def test_one_name_twice_is_refused_in_words(page: Client) -> None:
    assert "Two fields are named begin: give each its own." in text(posted(page, **{"fields-0-name": "begin"}))


def test_without_a_script_there_are_lines_to_fill_in(page: Client) -> None:
    shown = page.get(EXTRACTOR)

    assert [control(shown, f"fields-{number}-name").get("value") for number in (0, 1)] == ["", ""]
    assert soup(shown).select_one("#field_fields details:not([open])"), "most people want none"


@pytest.mark.parametrize("has_model", [True, False])
def test_a_site_without_a_model_says_so_where_one_is_asked_for(page: Client, settings: Any, has_model: bool) -> None:
    settings.LLM = LanguageModel("http://127.0.0.1/v1", "large") if has_model else None

    assert ("No language model is configured on this site" in text(page.get(EXTRACTOR))) is not has_model


def completed(owner: User, usage: dict[str, Any] | None) -> AgentRun:
    """A run whose fields were not evaluated, with what a model has used all the same."""
    agent = DocumentExtractor()
    assert agent.sample is not None
    context = RecordingContext(document=document_file(agent.sample))
    output = agent.run(context, agent.Input(fields=UNDERSTOOD)).output.model_dump(mode="json")  # type: ignore[arg-type]
    run = acting.completed(owner)
    AgentRun.objects.filter(pk=run.pk).update(agent=agent.name, output=output, usage=usage)
    return run


def test_what_became_of_each_field_is_shown(page: Client, owner: User) -> None:
    shown = text(page.get(reverse("run", args=[completed(owner, None).pk])))

    assert "Notice period Not evaluated No language model is configured." in shown
    assert "Your field" not in shown
    assert "2 of your fields were not evaluated" in shown
    assert "Language model" not in text_of(page, owner, None)


def text_of(page: Client, owner: User, usage: dict[str, Any] | None) -> str:
    run = completed(owner, usage)
    facts = soup(page.get(reverse("run", args=[run.pk]))).select_one("#_run_facts")
    assert facts is not None
    return " ".join(facts.get_text(" ").split())


USAGE = {
    "model": "large-2026",
    "requests": 3,
    "tokens_in": 12345,
    "tokens_out": 678,
    "cost": "0.004567",
    "currency": "EUR",
    "is_estimated": False,
    "prompts": ["own-fields@1:0123456789ab"],
}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "large-2026 (12,345 tokens in, 678 out, 3 requests, 0.0046 EUR)"),
        ({"cost": "12.5"}, "12.50 EUR"),
        ({"cost": None}, "3 requests, cost unknown)"),
        ({"is_estimated": True, "requests": 1}, "(about 12,345 tokens in, 678 out, 1 request,"),
    ],
)
def test_what_the_model_has_used_stands_among_the_facts(
    page: Client, owner: User, changes: dict[str, Any], said: str
) -> None:
    assert said in text_of(page, owner, {**USAGE, **changes})


def test_the_api_tells_what_was_used(page: Client, owner: User) -> None:
    run = completed(owner, USAGE)

    assert page.get(reverse("api:get_run", args=[run.pk])).json()["usage"] == USAGE

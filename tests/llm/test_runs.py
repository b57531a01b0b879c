"""Whole runs that ask the model: triggered, carried out in a process of their own, recorded."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.base import ContentFile

from runs import lifecycle, uploads, worker
from runs.models import AgentRun, Document, EventKind, Status, User
from tests import acting
from tests.llm.asked import ScriptedModel
from tests.llm.model_server import VERSION

pytestmark = pytest.mark.django_db(transaction=True)

LETTER = "Dear Mrs. Jones,\nthe notice period of your contract is 45 days.\nYours, Northwind Ltd\n"
NOTICE = {"field": "Notice period", "value": "45", "quote": "the notice period of your contract is 45 days", "page": 1}


def document(user: User, text: str = LETTER) -> Document:
    return uploads.keep(ContentFile(text.encode(), name="letter.txt"), user)


def extracted(user: User, **input: Any) -> AgentRun:
    fields = [{"name": "Notice period", "type": "number"}]
    asked = {"document": str(document(user).pk), "fields": fields, **input}
    run = lifecycle.trigger(user, "document-extractor", asked)
    worker.deliver(str(run.pk))
    return acting.fresh(run)


def test_own_fields_are_found_grounded_and_their_cost_recorded(model: ScriptedModel, owner: User) -> None:
    model.answers(found=[NOTICE])

    run = extracted(owner)

    assert (run.status, run.error) == (Status.COMPLETED, "")
    assert run.output is not None
    first = run.output["fields"][0]
    assert (first["name"], first["normalised"], first["source"]) == ("notice_period", "45", "model")
    assert (first["grounding"], first["page"]) == ("verified", 1)
    assert run.output["asked"][0]["status"] == "found"
    assert run.usage is not None
    assert (run.usage["model"], run.usage["cost"]) == (VERSION, "0.000180")
    assert run.usage["prompts"][0].startswith("own-fields@1:")


def test_without_a_model_the_rest_is_done_and_the_fields_say_so(owner: User, settings: Any) -> None:
    settings.LLM = None

    run = extracted(owner)

    assert run.status == Status.COMPLETED
    assert run.output is not None
    assert run.output["asked"][0]["status"] == "not_evaluated"
    assert "Your field was not evaluated: no language model is configured." in run.output["warnings"]
    assert "1 field not evaluated" in run.summary
    assert run.usage is None


def test_a_run_can_be_given_less_than_the_site_allows(model: ScriptedModel, owner: User) -> None:
    run = extracted(owner, max_tokens=300)

    assert run.status == Status.COMPLETED
    assert run.output is not None
    assert run.output["asked"][0]["explanation"].startswith("The run's limit of 300 tokens")
    assert model.received == []


def test_an_outage_keeps_what_needed_no_model(model: ScriptedModel, owner: User) -> None:
    model.plays({"act": "status", "status": 503, "headers": {"Retry-After": "900"}})

    run = extracted(owner)

    assert run.status == Status.PENDING, "another attempt will ask again"
    assert run.kept_parts.filter(name="values").exists()
    assert EventKind.RETRIED in acting.kinds(run)


def test_the_documents_text_is_in_no_log_line_of_the_relay(
    model: ScriptedModel, owner: User, caplog: pytest.LogCaptureFixture
) -> None:
    model.plays({"act": "garbage"}, {"act": "answer", "arguments": {"found": [NOTICE]}})

    assert extracted(owner).status == Status.COMPLETED
    assert "model_failed" in caplog.text
    assert "notice period of your contract" not in caplog.text

"""``/api/v1/agents/{name}/preflight``: what is known before a run takes the slot."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Body, Router

from runs import access, inputs, preflight
from runs.agents.base import Agent
from runs.api.authentication import caller_of
from runs.api.problems import refusals
from runs.inputs import PreparedInput
from runs.limits import permitted_agent
from runs.models import User
from runs.preflight import Preflight
from runs.schemas import PreflightRequest, PreflightShape, UsualShape, link
from runs.usual import usual_times

router = Router(tags=["agents"])

OptionalPreflight = Annotated[PreflightRequest, Body(PreflightRequest())]


@router.post("/{name}/preflight", response=PreflightShape, openapi_extra=refusals())
def preflight_run(request: HttpRequest, name: str, asked: OptionalPreflight) -> dict[str, Any]:
    """Check an input and look at its document, before a run of it is triggered.

    A look takes a tenth of a second, and five at most. What it finds is kept with the document.
    """
    # What is in documents, and what runs have found, is told.
    user = access.who_may_read_too(caller_of(request))
    agent = permitted_agent(user, name)
    prepared = inputs.prepare(agent, asked.input, user)
    looked = preflight.look(prepared.document) if prepared.document else None
    usual = usual_times([name]).get(name)
    return {
        "agent": name,
        "document": prepared.document,
        "facts": _facts(looked) if looked else None,
        "refusal": (looked.refusal if looked else "") or None,
        "usual": UsualShape.of(usual) if usual else None,
        "earlier_run": _earlier_run(request, agent, user, prepared),
    }


def _facts(looked: Preflight) -> dict[str, Any]:
    known = looked.facts
    return {
        "kind": looked.kind,
        "size": looked.document.size,
        "pages": known.pages if known else None,
        "text": (known.text or None) if known else None,
        "language": known.language if known else None,
        "is_encrypted": known.is_encrypted if known else None,
    }


def _earlier_run(
    request: HttpRequest, agent: Agent[Any, Any], user: User, prepared: PreparedInput
) -> dict[str, Any] | None:
    run = preflight.earlier_result(agent, user, prepared)
    if run is None:
        return None
    url = link({"request": request}, "api:get_run", run.pk)
    return {"id": run.pk, "url": url, "summary": run.summary, "completed_at": run.completed_at}

"""``/api/v1/saved-inputs``: inputs that are kept to be run on later.

They say what runs are given: changing one takes a token that may read runs too.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from runs import access, saved_inputs
from runs.api.authentication import caller_of, signed_in
from runs.api.problems import refusals
from runs.limits import permitted_agent
from runs.models import SavedInput
from runs.schemas import SavedInputList, SavedInputName, SavedInputRequest, SavedInputShape, link

router = Router(tags=["saved inputs"])


@router.get("", response=SavedInputList, openapi_extra=refusals())
def list_saved_inputs(request: HttpRequest) -> dict[str, Any]:
    """List your saved inputs and drafts, newest first."""
    return {"saved_inputs": saved_inputs.own(signed_in(request))}


@router.post("", response={201: SavedInputShape}, openapi_extra=refusals(404))
def create_saved_input(request: HttpRequest, response: HttpResponse, asked: SavedInputRequest) -> SavedInput:
    """Keep an input for an agent, under a name or as a draft. It need not fit what the agent takes yet."""
    user = access.who_may_read_too(caller_of(request))
    agent = permitted_agent(user, asked.agent)
    if asked.name:
        kept = saved_inputs.keep_named(user, agent, asked.input, asked.name)
    else:
        kept = saved_inputs.keep_draft(user, agent, asked.input)
    response["Location"] = link({"request": request}, "api:get_saved_input", kept.pk)
    kept.refresh_from_db()
    return kept


@router.get("/{saved_id}", response=SavedInputShape, openapi_extra=refusals(404))
def get_saved_input(request: HttpRequest, saved_id: UUID) -> SavedInput:
    """Show one saved input, with the input."""
    return saved_inputs.one(signed_in(request), saved_id)


@router.patch("/{saved_id}", response=SavedInputShape, openapi_extra=refusals(404))
def rename_saved_input(request: HttpRequest, saved_id: UUID, asked: SavedInputName) -> SavedInput:
    """Give a saved input another name, or a draft its first."""
    saved = saved_inputs.one(access.who_may_read_too(caller_of(request)), saved_id)
    saved_inputs.rename(saved, asked.name)
    return saved


@router.delete("/{saved_id}", response={204: None}, openapi_extra=refusals(404))
def delete_saved_input(request: HttpRequest, saved_id: UUID) -> None:
    """Forget a saved input or a draft."""
    saved_inputs.one(access.who_may_read_too(caller_of(request)), saved_id).delete()

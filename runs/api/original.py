"""The API this site replaces, to the letter: clients written for it run unchanged.

It is described in ``docs/api.md``. Its faults are those FastAPI found, in FastAPI's words
and order; that is why the body is read here and not by django-ninja.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from ninja.errors import HttpError, ValidationError
from pydantic import ValidationError as Invalid

from runs import access, lifecycle
from runs.api.authentication import OpenOnLoopback, Token, caller_of
from runs.api.bodies import is_json, read_json
from runs.errors import UnknownAgent
from runs.models import Trigger
from runs.schemas import OriginalFaults, OriginalRefusal, OriginalRequest, OriginalStatus, OriginalTriggered

router = Router(tags=["original"], auth=[Token(), OpenOnLoopback()])

described_body: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": OriginalRequest.model_json_schema()}},
    }
}


@router.post(
    "/run",
    response={
        200: OriginalTriggered,
        **dict.fromkeys((400, 401, 403, 409, 413, 429, 503), OriginalRefusal),
        422: OriginalFaults,
    },
    openapi_extra=described_body,
)
def run_agent(request: HttpRequest) -> OriginalTriggered:
    """Trigger a run, without input: the agent works on its sample. 409 while the user's run is active."""
    caller = caller_of(request)
    asked = read_request(request)
    user = access.user_acted_for(caller, asked.user_id)
    try:
        run = lifecycle.trigger(user, asked.agent_type.value, {}, trigger=Trigger.API, by=caller.user)
    except UnknownAgent:
        # As for a name that is in no registry: what the user may not run is not there.
        _refuse_agent(asked)
    return OriginalTriggered(run_id=run.pk)


@router.get(
    "/status/{run_id}",
    response={200: OriginalStatus, **dict.fromkeys((401, 404, 429), OriginalRefusal), 422: OriginalFaults},
)
def run_status(request: HttpRequest, run_id: UUID) -> OriginalStatus:
    """Tell how a run is doing. Poll it while the status is ``running``."""
    return OriginalStatus.of(access.run_for(caller_of(request), run_id))


def read_request(request: HttpRequest) -> OriginalRequest:
    """The body, judged as FastAPI judged it.

    Nothing is ``missing``; what is not declared as JSON is a text, and a text is no object.
    """
    body = request.body
    value = _read(body) if body and is_json(request) else body.decode(errors="replace") or None
    if value is None:
        _refuse({"type": "missing", "loc": (), "msg": "Field required", "input": None})
    try:
        return OriginalRequest.model_validate(value)
    except Invalid as invalid:
        _refuse(*invalid.errors(include_url=False))


def _refuse_agent(asked: OriginalRequest) -> NoReturn:
    named = asked.agent_type.value
    try:
        OriginalRequest.model_validate({"agent_type": "", "user_id": asked.user_id})
    except Invalid as invalid:
        _refuse(*({**error, "input": named} for error in invalid.errors(include_url=False)))
    raise AssertionError("no agent is named by nothing")


def _read(body: bytes) -> Any:
    try:
        return read_json(body)
    except json.JSONDecodeError as fault:
        place, error = (fault.pos,), {"error": fault.msg}
        _refuse({"type": "json_invalid", "loc": place, "msg": "JSON decode error", "input": {}, "ctx": error})
    except ValueError as fault:
        raise HttpError(400, "There was an error parsing the body") from fault


def _refuse(*errors: Any) -> NoReturn:
    raise ValidationError([{**error, "loc": ("body", *error["loc"])} for error in errors])

"""``/api/v1/goldens``: verified results that later versions of an agent must still give."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Body, Router

from runs import access, goldens
from runs.api.authentication import caller_of, signed_in
from runs.api.problems import refusals
from runs.models import Golden
from runs.schemas import GoldenList, GoldenShape, PinRequest

router = Router(tags=["goldens"])

OptionalPin = Annotated[PinRequest, Body(PinRequest())]


@router.get("/goldens", response=GoldenList, openapi_extra=refusals())
def list_goldens(request: HttpRequest) -> dict[str, Any]:
    """List every pinned run with what the last check found, by agent. For operators."""
    access.operates(signed_in(request))
    return {"goldens": goldens.all_shown()}


@router.post("/runs/{run_id}/pin", response=GoldenShape, openapi_extra=refusals(404, 409))
def pin_run(request: HttpRequest, run_id: UUID, asked: OptionalPin) -> Golden:
    """Pin a run whose result you have verified. Operators see what later versions change in it."""
    user = access.who_may_read_too(caller_of(request))
    golden = goldens.pin(access.readable_run_to_change(user, run_id), by=user, note=asked.note)
    golden.refresh_from_db()
    return golden


@router.post("/runs/{run_id}/unpin", response={204: None}, openapi_extra=refusals(404, 409))
def unpin_run(request: HttpRequest, run_id: UUID) -> None:
    """Hold nobody to a run any more."""
    user = access.who_may_read_too(caller_of(request))
    goldens.unpin(access.run_to_change(user, run_id), by=user)

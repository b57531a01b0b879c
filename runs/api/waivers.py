"""``/api/v1/runs/…/waivers``: passing what a run's document has failed."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Path, Router
from ninja.responses import Status

from runs import access, waivers
from runs.api.authentication import signed_in
from runs.api.problems import refusals
from runs.errors import NothingToWaive
from runs.models import Waiver
from runs.schemas import RunStanding, WaiverRequest, WaiverShape

router = Router(tags=["runs"])

WaiverId = Annotated[int, Path(ge=1, lt=2**63)]


@router.get("/{run_id}/waivers", response=RunStanding, openapi_extra=refusals(403, 404, 409))
def list_waivers(request: HttpRequest, run_id: UUID) -> dict[str, Any]:
    """Show how a completed check stands with its waivers, the expired ones included, and which are proposed."""
    run = access.readable_run(signed_in(request), run_id)
    found = waivers.standing(run, access.whose_waivers(run))
    if found is None:
        raise NothingToWaive
    return {
        "verdict": found.verdict,
        "verdict_with_waivers": found.verdict_with_waivers,
        "waivers": found.waivers,
        "proposals": list(found.proposals.values()),
    }


@router.post("/{run_id}/waivers", response={201: WaiverShape}, openapi_extra=refusals(400, 403, 404, 409, 422))
def grant_waiver(request: HttpRequest, run_id: UUID, asked: WaiverRequest) -> Status[Waiver]:
    """Pass a failed rule, with a reason and for a time. For operators, and for owners whom they let."""
    user = signed_in(request)
    run = access.run_to_waive(user, run_id)
    if asked.proposal is not None:
        return Status(201, waivers.apply(run, asked.proposal, access.whose_waivers(run), by=user))
    return Status(201, waivers.grant(run, asked.rule, asked.reason, asked.expires_days, by=user))


@router.delete("/{run_id}/waivers/{waiver_id}", response={204: None}, openapi_extra=refusals(403, 404))
def end_waiver(request: HttpRequest, run_id: UUID, waiver_id: WaiverId) -> Status[None]:
    """Take a waiver back."""
    user = signed_in(request)
    waivers.end(access.run_to_waive(user, run_id), waiver_id, by=user)
    return Status(204, None)

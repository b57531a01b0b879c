"""``/api/v1/status``: whether runs are carried out, and how the site is."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router

from runs import queue
from runs.api.authentication import signed_in
from runs.api.problems import refusals
from runs.doctor import Figures
from runs.models import Drill
from runs.schemas import SiteStatus, StatusShape

router = Router(tags=["status"])


@router.get("", response=StatusShape, openapi_extra=refusals())
def get_status(request: HttpRequest) -> StatusShape:
    """Tell whether any worker is there; operators also how busy the site is and how its last drill went."""
    if not signed_in(request).is_operator:
        return StatusShape(is_anyone_listening=queue.is_anyone_listening(), site=None)
    site = SiteStatus.of(Figures.now(), Drill.last())
    return StatusShape(is_anyone_listening=site.worker_count > 0, site=site)

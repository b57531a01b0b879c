"""``/api/v1/audit``: who did what, for operators."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from runs import access
from runs.api.authentication import signed_in
from runs.api.parameters import AuditParameters, described, read_parameters
from runs.api.problems import refusals
from runs.patience import limited_reads
from runs.schemas import AuditList

router = Router(tags=["audit"])


@router.get("", response=AuditList, openapi_extra={**refusals(503), "parameters": described(AuditParameters)})
def list_audit_entries(request: HttpRequest) -> dict[str, Any]:
    """List what people and their scripts have done, newest first. For operators."""
    access.operates(signed_in(request))
    asked = read_parameters(request, AuditParameters)
    with limited_reads():
        entries, cursor = asked.filter.page(asked.cursor)
    return {"entries": entries, "next_cursor": cursor or None}

"""``/api/v1/policies``: what documents can be checked against."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from runs import policies
from runs.api.problems import refusals
from runs.schemas import PolicyList

router = Router(tags=["policies"])


@router.get("", response=PolicyList, openapi_extra=refusals())
def list_policies(request: HttpRequest) -> dict[str, Any]:
    """List the latest version of every policy."""
    return {"policies": policies.latest()}

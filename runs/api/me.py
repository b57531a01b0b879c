"""``/api/v1/me``: who asks, and how they stand."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Prefetch
from django.http import HttpRequest
from django.utils import timezone
from ninja import Router

from runs import access
from runs.allowances import Allowance
from runs.api.authentication import caller_of, signed_in
from runs.api.problems import refusals
from runs.filters import PAYLOAD_COLUMNS
from runs.models import AgentRun, Scope, User
from runs.models.run import ACTIVE, Status
from runs.schemas import Me

router = Router(tags=["me"])


@router.get("", response=Me, openapi_extra=refusals())
def get_me(request: HttpRequest) -> dict[str, Any]:
    """Tell who you are, what your token may be used for, and what you have left."""
    user, token = signed_in(request), caller_of(request).token
    # Few rows: the slots are, and one waits.
    unfinished = AgentRun.objects.filter(user=user, status__in=(*ACTIVE, Status.WAITING)).defer(*PAYLOAD_COLUMNS)
    runs = list(unfinished.order_by("created_at"))
    return {
        "id": user.pk,
        "username": user.get_username(),
        "is_operator": user.is_operator,
        "teams": access.teams_of(user).prefetch_related(
            Prefetch("group__user_set", User.objects.order_by("username"))
        ),
        "active_run_limit": user.active_run_limit,
        "allowance": Allowance.of(user, timezone.now()),
        "largest_document_bytes": settings.DOCUMENT_LIMIT_MB * 1024 * 1024,
        "active_runs": [run for run in runs if run.is_active],
        "waiting_run": next((run for run in runs if not run.is_active), None),
        "scopes": token.scopes if token else list(Scope),
    }

"""``ETag`` and ``304``: what has not changed is neither read whole nor sent again."""

from __future__ import annotations

import hashlib
import json
from typing import Final
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_etags

from runs import access
from runs.api.authentication import caller_of
from runs.models import AgentRun, User
from runs.schemas import stream_url_for

UNSHOWN: Final = (
    # Large, and written once: the input when the run is made, the output when it completes.
    "input", "output",
    # Nothing of these is in the answer, and some change with every heartbeat.
    "traceback", "lease_expires_at", "queue_row", "line_count", "worker", "worker_place", "expires_at", "due_at",
)  # fmt: skip
IF_NONE_MATCH: Final = {
    "in": "header",
    "name": "If-None-Match",
    "required": False,
    "schema": {"type": "string"},
    "description": "The ETag of the answer you have: when it has not changed, 304 says so.",
}
TOLD_BY: Final = [field for field in AgentRun._meta.concrete_fields if field.name not in UNSHOWN]
"""The columns by which one answer is told from another. A new one is among them, until somebody says otherwise."""


def etag_of(request: HttpRequest, user: User, run: AgentRun) -> str:
    """A strong one, of all that the answer is made from: reader, row, whether it is hidden,
    the site's address, this program.

    What else it names, a document or a policy, never changes under its id.
    """
    row = [getattr(run, field.attname) for field in TOLD_BY]
    stream = "" if run.is_final else stream_url_for(caller_of(request), run)
    made_from = [settings.VERSION, request.build_absolute_uri("/"), user.pk, run.is_hidden, stream, row]
    return f'"{hashlib.sha256(json.dumps(made_from, default=str).encode()).hexdigest()[:32]}"'


def is_known(request: HttpRequest, response: HttpResponse, user: User, run_id: UUID) -> bool:
    """Whether the client has the run as it is, and said so by ``If-None-Match``; ``response`` is its answer then."""
    known = [tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", ""))]
    if not known:
        return False
    runs = access.visible_runs(user).only(*(field.name for field in TOLD_BY))
    run = access.as_seen_by(user, runs).filter(pk=run_id).first()
    if run is None:
        return False
    response["ETag"] = etag_of(request, user, access.shown_to(user, run))
    return response["ETag"] in known or "*" in known

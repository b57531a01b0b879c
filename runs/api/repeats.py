"""Requests that may be sent again: ``Idempotency-Key``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final

from django.http import HttpRequest, HttpResponse
from ninja import Header
from ninja.responses import Status
from pydantic import BaseModel

from runs import access, idempotency
from runs.api.authentication import signed_in
from runs.api.waiting import seconds_asked, wait_for_end
from runs.models import AgentRun
from runs.schemas import RunShape, link

IdempotencyKey = Annotated[
    str | None,
    Header(
        None,
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x20-\x7e]*$",
        description="A name of your choice for this request, so that you may send it again when no answer came: "
        "for 24 hours the same request with the same key is answered by the same run, with 200.",
    ),
]
ONE_RUN: Final[dict[int, Any]] = {200: RunShape, 201: RunShape}
"""How an endpoint that makes a run answers: 201 for a new one, 200 for one that an equal request has made."""


def answer_with_run(
    request: HttpRequest, response: HttpResponse, key: str | None, asked: Any, make: Callable[[], AgentRun]
) -> Status[AgentRun]:
    """The run that ``make`` makes of the request, or has made of an equal one before.

    ``asked`` is what the request says, as JSON or a model; together with the address it is what ``key``
    stands for. Without a key nothing is looked up and nothing kept. Where the request waits for the
    run's end, so does the answer.
    """
    seconds = seconds_asked(request)
    if key is None:
        run, is_new = make(), True
    else:
        run, is_new = _once(request, key, asked, make)
    if seconds:
        wait_for_end(request, response, run.pk, seconds)
        run = access.visible_run(signed_in(request), run.pk)
    run = access.shown_to(signed_in(request), run)
    response["Location"] = link({"request": request}, "api:get_run", run.pk)
    return Status(201 if is_new else 200, run)


def _once(request: HttpRequest, key: str, asked: Any, make: Callable[[], AgentRun]) -> tuple[AgentRun, bool]:
    user = signed_in(request)
    said = asked.model_dump(mode="json") if isinstance(asked, BaseModel) else asked
    mark = idempotency.fingerprint(request.path_info, said)
    return idempotency.once(user, key, mark, make=make, find=lambda run_id: access.visible_run(user, run_id))

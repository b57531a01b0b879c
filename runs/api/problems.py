"""Every refusal as an answer, in the words of whichever API was asked.

``/api/v1/`` answers ``application/problem+json`` (RFC 9457); the original's endpoints
answer ``{"detail": …}``: a sentence, or pydantic's list of faults.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar

import structlog
from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils import timezone
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from psycopg2.errors import QueryCanceled

from runs import origin
from runs.api.bodies import write_json
from runs.errors import (
    AgentSiteError,
    AlreadyRunning,
    InvalidInput,
    NotSignedIn,
    PolicyRefused,
    ScheduleRefused,
    SeatTaken,
)
from runs.models import AgentRun
from runs.schemas import ActiveRun
from runs.usual import time_left, usual_times

logger = structlog.stdlib.get_logger(__name__)

V1 = "/api/v1"
PROBLEM_JSON = "application/problem+json"
EXPLAINED_AT = "/docs/problems"
"""The page that explains every code. ``type`` leads to a code's place on it."""
LOOK_AGAIN_SECONDS = 5
"""When to ask again while a run of one's own is in the way and nobody knows for how long."""
MOST_PATIENT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is answered, before it is known in which words.

    ``errors`` are pydantic's entries, their ``loc`` beginning with ``body``, ``query``
    or ``path``; ``members`` go into a problem beside the standard ones.
    """

    status: int
    code: str
    detail: str
    errors: Sequence[Mapping[str, Any]] = ()
    members: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def answer(self, request: HttpRequest) -> HttpResponse:
        """The response for ``request``."""
        if is_of_v1(request):
            body, media_type = self._as_problem(), PROBLEM_JSON
        else:
            body, media_type = {"detail": self.errors or self.detail}, "application/json"
        return HttpResponse(write_json(body), media_type, self.status, headers=dict(self.headers))

    def _as_problem(self) -> dict[str, Any]:
        faults = [{name: error[name] for name in ("loc", "msg", "type")} for error in self.errors]
        return {
            "type": type_of(self.code),
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            **({"errors": faults} if faults else {}),
            **self.members,
            # By what the log knows the request, and whatever it led to.
            "request_id": origin.here().request_id,
        }


class Refused(Exception):
    """Raised by what stands before the endpoints."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.detail)
        self.refusal = refusal


def is_of_v1(request: HttpRequest) -> bool:
    """Whether problems are what is understood: everything under ``/api/``, versions to come included."""
    return f"{request.path_info}/".startswith("/api/")


def type_of(code: str) -> str:
    """The URI that names this kind of problem, the same whatever the host a request came by."""
    return f"{settings.PUBLIC_URL}{EXPLAINED_AT}#{code}"


OUTAGE = Refusal(
    503,
    "database_unavailable",
    "The database cannot be reached at the moment. Nothing is lost; please try again shortly.",
    headers={"Retry-After": "5"},
)
SLOW = Refusal(503, "took_too_long", "This took too long and was stopped. Ask for less at once.")
FAULT = Refusal(500, "internal_error", "Something went wrong on our side.")
NOT_FOUND = Refusal(404, "not_found", "Not Found")
TOO_LARGE = Refusal(413, "too_large", "The request is larger than this site accepts.")
UNREADABLE = Refusal(400, "unreadable", "There was an error parsing the body")
FORGED = Refusal(403, "csrf_failed", "The CSRF token is missing or wrong.")
NOBODY = NotSignedIn("Give a token: Authorization: Bearer <token>")


def method_not_allowed(allowed: str) -> Refusal:
    """The refusal of a method the address does not have."""
    return Refusal(405, "method_not_allowed", "Method Not Allowed", headers={"Allow": allowed})


def no_json(fault: json.JSONDecodeError) -> Refusal:
    """The refusal of a body that ceases to be JSON somewhere."""
    return Refusal(400, "invalid_json", f"The body is not JSON: {fault.msg} at character {fault.pos}.")


def wrong_media_type(accepted: Sequence[str]) -> Refusal:
    """The refusal of a body that is declared as something else than what is read here."""
    sentence = f"Send the body as {' or '.join(accepted)}, and say so by the header Content-Type."
    return Refusal(415, "unsupported_media_type", sentence, headers={"Accept": ", ".join(accepted)})


def wrong_fields(errors: Sequence[Mapping[str, Any]]) -> Refusal:
    """The refusal of what is no agent's input: fields and parameters of the request itself."""
    return _of_fields(errors)


def refusal_of(request: HttpRequest, error: AgentSiteError | ValidationError) -> Refusal:
    """What is answered when ``error`` is raised."""
    return _of_site(request, error) if isinstance(error, AgentSiteError) else _of_fields(error.errors)


E = TypeVar("E", bound=Exception)


def answer_all(api: NinjaAPI) -> None:
    """Have every exception of ``api``'s endpoints answered here."""

    def answer(kind: type[E], refusal: Callable[[HttpRequest, E], Refusal]) -> None:
        def handle(request: HttpRequest, error: E | type[E]) -> HttpResponse:
            assert isinstance(error, kind)
            return refusal(request, error).answer(request)

        api.add_exception_handler(kind, handle)

    answer(Refused, lambda request, error: error.refusal)
    answer(AgentSiteError, _of_site)
    answer(ValidationError, lambda request, error: _of_fields(error.errors))
    answer(HttpError, _of_ninja)
    answer(Http404, lambda request, error: NOT_FOUND)
    answer(RequestDataTooBig, lambda request, error: TOO_LARGE)
    answer(SuspiciousOperation, lambda request, error: UNREADABLE)
    answer(BadRequest, lambda request, error: UNREADABLE)
    answer(MultiPartParserError, lambda request, error: UNREADABLE)
    answer(UnreadablePostError, lambda request, error: UNREADABLE)
    answer(Exception, _of_fault)


def _of_site(request: HttpRequest, error: AgentSiteError) -> Refusal:
    match error:
        case ScheduleRefused() | PolicyRefused() if error.errors:
            return _of_fields(_placed(error.errors, "body"), error.code, error.sentence)
        case InvalidInput():
            return _of_fields(_placed(error.errors, "body", "input"), error.code, error.sentence)
        case AlreadyRunning():
            seconds = _estimated_seconds(error.active_run)
            members = {"active_run": _shown(request, error.active_run, seconds), "choices": error.choices}
            headers = {"Retry-After": str(_look_again(seconds))}
        case SeatTaken():
            members = {"waiting_run": _shown(request, error.waiting_run), "choices": error.choices}
            headers = {"Retry-After": str(LOOK_AGAIN_SECONDS)}
        case NotSignedIn():
            members, headers = {}, {"WWW-Authenticate": "Bearer"}
        case _:
            wait = error.retry_after_seconds
            members, headers = {}, {} if wait is None else {"Retry-After": str(wait)}
    return Refusal(error.status, error.code, error.sentence, members=members, headers=headers)


def _shown(request: HttpRequest, run: AgentRun, estimate_seconds: int | None = None) -> dict[str, Any]:
    context = {"request": request, "estimate_seconds": estimate_seconds}
    return ActiveRun.model_validate(run, context=context).model_dump()


def _estimated_seconds(run: AgentRun) -> int | None:
    """How long the run will go on, about. A refusal is said, whatever becomes of the question how long it holds."""
    with suppress(DatabaseError):
        left = time_left(run, usual_times([run.agent]).get(run.agent), timezone.now())
        return None if left is None else math.ceil(left.total_seconds())
    return None


def _look_again(estimate_seconds: int | None) -> int:
    """When to ask again: a run may also be stopped, so not too late."""
    return LOOK_AGAIN_SECONDS if estimate_seconds is None else min(max(estimate_seconds, 1), MOST_PATIENT_SECONDS)


def _placed(errors: Sequence[Mapping[str, Any]], *place: str) -> list[dict[str, Any]]:
    """The same faults, with the way to their place in the request."""
    return [{**error, "loc": (*place, *error["loc"])} for error in errors]


def _of_fields(
    errors: Sequence[Mapping[str, Any]], code: str = "invalid_request", sentence: str | None = None
) -> Refusal:
    plain = [{**error, "ctx": _plain(error["ctx"])} if "ctx" in error else error for error in errors]
    said = "; ".join(f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in errors)
    return Refusal(422, code, sentence or said, plain)


def _plain(context: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, Exception) else value for name, value in context.items()}


def _of_ninja(request: HttpRequest, error: HttpError) -> Refusal:
    if error.status_code == HTTPStatus.UNAUTHORIZED:
        return _of_site(request, NOBODY)
    if error.status_code == HTTPStatus.FORBIDDEN:
        return FORGED
    if isinstance(error.__cause__, json.JSONDecodeError):
        return no_json(error.__cause__)
    if error.status_code == HTTPStatus.BAD_REQUEST:
        return UNREADABLE
    return Refusal(error.status_code, "refused", error.message)


def _of_fault(request: HttpRequest, error: Exception) -> Refusal:
    logger.error("request_failed", method=request.method, path=request.path, exc_info=error)
    return fault(error)


def fault(error: BaseException | None) -> Refusal:
    """What is said of an exception nobody expected: 503 for a query too slow or a database away, else 500."""
    if isinstance(getattr(error, "__cause__", None), QueryCanceled):
        return SLOW
    return OUTAGE if isinstance(error, OperationalError | InterfaceError) else FAULT


def refusals(*statuses: int) -> dict[str, Any]:
    """What OpenAPI shall say of an endpoint's refusals, besides those that all have."""
    return {"responses": {status: {"$ref": f"#/components/responses/{status}"} for status in statuses}}

"""Every refusal as an answer, in the words of whichever API was asked.

``/api/v1/`` answers ``application/problem+json`` (RFC 9457); the original's endpoints
answer ``{"detail": …}``: a sentence, or pydantic's list of faults.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from psycopg2.errors import QueryCanceled

from runs.api.bodies import write_json
from runs.errors import AgentSiteError, AlreadyRunning, InvalidInput, NotSignedIn, SeatTaken
from runs.models import AgentRun
from runs.schemas import ActiveRun

logger = logging.getLogger(__name__)

V1 = "/api/v1"
PROBLEM_JSON = "application/problem+json"
LOOK_AGAIN_SECONDS = 5
"""When to ask again while a run of one's own is in the way. Runs take seconds to minutes."""


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
        if request.path_info.startswith(V1):
            body, media_type = self._as_problem(), PROBLEM_JSON
        else:
            body, media_type = {"detail": self.errors or self.detail}, "application/json"
        return HttpResponse(write_json(body), media_type, self.status, headers=dict(self.headers))

    def _as_problem(self) -> dict[str, Any]:
        title = HTTPStatus(self.status).phrase
        problem = {"type": "about:blank", "title": title, "status": self.status, "detail": self.detail}
        faults = [{name: error[name] for name in ("loc", "msg", "type")} for error in self.errors]
        return {**problem, "code": self.code, **({"errors": faults} if faults else {}), **self.members}


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
NOBODY = NotSignedIn("Give a token: Authorization: Bearer <token>")


def method_not_allowed(allowed: str) -> Refusal:
    """The refusal of a method the address does not have."""
    return Refusal(405, "method_not_allowed", "Method Not Allowed", headers={"Allow": allowed})


E = TypeVar("E", bound=Exception)


def answer_all(api: NinjaAPI) -> None:
    """Have every exception of ``api``'s endpoints answered here."""

    def answer(kind: type[E], refusal: Callable[[HttpRequest, E], Refusal]) -> None:
        def handle(request: HttpRequest, error: E | type[E]) -> HttpResponse:
            assert isinstance(error, kind)
            return refusal(request, error).answer(request)

        api.add_exception_handler(kind, handle)

    answer(AgentSiteError, _of_site)
    answer(ValidationError, lambda request, error: _of_fields(error.errors))
    answer(HttpError, _of_ninja)
    answer(Http404, lambda request, error: NOT_FOUND)
    answer(RequestDataTooBig, lambda request, error: TOO_LARGE)
    answer(SuspiciousOperation, lambda request, error: UNREADABLE)
    answer(MultiPartParserError, lambda request, error: UNREADABLE)
    answer(UnreadablePostError, lambda request, error: UNREADABLE)
    answer(Exception, _of_fault)


def _of_site(request: HttpRequest, error: AgentSiteError) -> Refusal:
    match error:
        case InvalidInput():
            errors = [{**entry, "loc": ("body", "input", *entry["loc"])} for entry in error.errors]
            return _of_fields(errors, error.code, error.sentence)
        case AlreadyRunning():
            members = {"active_run": _shown(request, error.active_run), "choices": error.choices}
            headers = {"Retry-After": str(LOOK_AGAIN_SECONDS)}
        case SeatTaken():
            members = {"waiting_run": _shown(request, error.waiting_run), "choices": error.choices}
            headers = {"Retry-After": str(LOOK_AGAIN_SECONDS)}
        case NotSignedIn():
            members, headers = {}, {"WWW-Authenticate": "Bearer"}
        case _:
            wait = error.retry_after_seconds
            members, headers = {}, {} if wait is None else {"Retry-After": str(wait)}
    return Refusal(error.status, error.code, error.sentence, members=members, headers=headers)


def _shown(request: HttpRequest, run: AgentRun) -> dict[str, Any]:
    return ActiveRun.model_validate(run, context={"request": request}).model_dump()


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
        return Refusal(403, "csrf_failed", "The CSRF token is missing or wrong.")
    if isinstance(error.__cause__, json.JSONDecodeError):
        fault, position = error.__cause__.msg, error.__cause__.pos
        return Refusal(400, "invalid_json", f"The body is not JSON: {fault} at character {position}.")
    if error.status_code == HTTPStatus.BAD_REQUEST:
        return UNREADABLE
    return Refusal(error.status_code, "refused", error.message)


def _of_fault(request: HttpRequest, error: Exception) -> Refusal:
    logger.error("%s %s failed", request.method, request.path, exc_info=error)
    return fault(error)


def fault(error: BaseException | None) -> Refusal:
    """What is said of an exception nobody expected: 503 for a query too slow or a database away, else 500."""
    if isinstance(getattr(error, "__cause__", None), QueryCanceled):
        return SLOW
    return OUTAGE if isinstance(error, OperationalError | InterfaceError) else FAULT


def refusals(*statuses: int) -> dict[str, Any]:
    """What OpenAPI shall say of an endpoint's refusals, besides those that all have."""
    return {"responses": {status: _described(status) for status in _with_common(statuses)}}


def _with_common(statuses: Iterable[int]) -> list[int]:
    return sorted({401, 422, *statuses})


def _described(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": HTTPStatus(status).phrase, "content": {PROBLEM_JSON: {"schema": schema}}}

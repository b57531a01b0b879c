"""The API as a whole: its routes, its documentation, and what holds for every request to it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, re_path
from django.utils.cache import patch_cache_control
from ninja import NinjaAPI
from ninja.errors import ValidationError, ValidationErrorContext
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from runs.api import (
    agents,
    audit,
    description,
    documentation,
    documents,
    examples,
    goldens,
    heads,
    me,
    original,
    policies,
    preflights,
    rates,
    results,
    runs,
    saved_inputs,
    saved_views,
    schedules,
    selections,
    sessions,
    status,
    tokens,
    waivers,
    webhooks,
)
from runs.api.authentication import Session, Token
from runs.api.bodies import JsonParser, JsonRenderer
from runs.api.problems import NOT_FOUND, TOO_LARGE, answer_all, method_not_allowed

View = Callable[..., HttpResponseBase]

SPARE = 1024 * 1024
"""What a request may hold besides the largest document, in bytes."""

DESCRIPTION = """
Runs AI agents for people, one at a time each: you can have one run at a time, and it counts from the moment
you trigger it until it has ended.

Everything is under `/api/v1/`, with a personal token (`Authorization: Bearer …`) or the browser's session.
Whatever is read by `GET` can be asked for by `HEAD`: the same status and headers, without a body.
The two endpoints under `/agents/` answer as the program this site replaces did.
"""


class Api(NinjaAPI):
    """A NinjaAPI that answers in JSON whatever happens, and does its own asking who is there."""

    @property
    def urls(self) -> tuple[list[URLPattern | URLResolver], str, str]:
        """All routes, the unknown ones below the API's own addresses included."""
        patterns, app_name, namespace = super().urls
        patterns += documentation.pages()
        for pattern in patterns:
            assert isinstance(pattern, URLPattern)
            pattern.callback = _answering(pattern.callback)
        unknown = re_path(r"^(api|agents/run|agents/status)(/|$)", _answering(not_found))
        return [*patterns, unknown], app_name, namespace

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The endpoint's name, which client generators make their methods' names of."""
        return operation.view_func.__name__

    def get_openapi_schema(self, **arguments: Any) -> OpenAPISchema:
        """With what holds for all endpoints."""
        schema = super().get_openapi_schema(**arguments)
        description.complete(schema)
        examples.illustrate(schema)
        return schema

    @cached_property
    def expectations(self) -> dict[tuple[str, str], description.Expected]:
        """What each endpoint of ``/api/v1/`` reads, by method and path."""
        return description.expectations(self.get_openapi_schema())

    def create_temporal_response(self, request: HttpRequest) -> HttpResponse:
        """The answer to be filled: called once it is known who asks, and before anything is read."""
        expected = self.expectations.get((request.method or "", description.path_of(request)))
        if expected is not None:
            description.refuse_unexpected(request, expected)
        return super().create_temporal_response(request)

    def validation_error_from_error_contexts(
        self, error_contexts: list[ValidationErrorContext[Any]]
    ) -> ValidationError:
        """All faults of a request, each with the way to its place as the client knows it, and what stood there."""
        return ValidationError(
            [
                {**error, "loc": _place(context.model, error["loc"])}
                for context in error_contexts
                for error in context.pydantic_validation_error.errors(include_url=False)
            ]
        )


def _place(model: Any, loc: tuple[int | str, ...]) -> tuple[int | str, ...]:
    source: str = model.__ninja_param_source__
    if source == "body":
        # Without the name of our function's argument.
        return ("body", *loc[1:])
    return ("body" if source == "file" else source, *model.__ninja_flatten_map_reverse__.get(loc, loc))


def _answering(view: View) -> View:
    """``view`` for clients that are no browsers: never a page to sign in on, never an answer that is no JSON."""

    @wraps(view)
    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if _size(request) > settings.DOCUMENT_LIMIT_MB * 1024 * 1024 + SPARE:
            # Said before anything of it is read, or written to a temporary file.
            return TOO_LARGE.answer(request)
        rate = rates.rate_of(request)
        with heads.asked_as_get(request):
            if rate and rate.is_spent:
                response: HttpResponseBase = rates.too_fast(rate).answer(request)
            else:
                response = view(request, *args, **kwargs)
        if isinstance(response, HttpResponseNotAllowed):
            response = method_not_allowed(heads.allowed(request, response["Allow"])).answer(request)
        rates.say(rate, response)
        heads.empty(request, response)
        patch_cache_control(response, private=True)
        return response

    return login_not_required(answering)


def _size(request: HttpRequest) -> int:
    declared = request.headers.get("Content-Length", "")
    return int(declared) if declared.isdecimal() else 0


def not_found(request: HttpRequest, *args: str) -> HttpResponse:
    """What the API does not have."""
    return NOT_FOUND.answer(request)


api = Api(
    title="AgentSite",
    version=settings.VERSION,
    description=DESCRIPTION,
    urls_namespace="api",
    docs=documentation.documentation,
    auth=[Token(), Session()],
    parser=JsonParser(),
    renderer=JsonRenderer(),
)
answer_all(api)
api.add_router("/agents", original.router)
api.add_router("/api/v1/agents", agents.router)
api.add_router("/api/v1/agents", preflights.router)
api.add_router("/api/v1/documents", documents.router)
# Before the runs themselves: what follows would be read as an id there.
api.add_router("/api/v1/runs", selections.router)
api.add_router("/api/v1/runs", runs.router)
api.add_router("/api/v1/runs", results.router)
api.add_router("/api/v1", goldens.router)
api.add_router("/api/v1/runs", waivers.router)
api.add_router("/api/v1/saved-inputs", saved_inputs.router)
api.add_router("/api/v1/saved-views", saved_views.router)
api.add_router("/api/v1/schedules", schedules.router)
api.add_router("/api/v1/policies", policies.router)
api.add_router("/api/v1/me", me.router)
api.add_router("/api/v1/tokens", tokens.router)
api.add_router("/api/v1/sessions", sessions.router)
api.add_router("/api/v1/status", status.router)
api.add_router("/api/v1/audit", audit.router)
api.add_router("/api/v1/webhooks", webhooks.router)

"""The pages that describe the API, in the site's look: to try it, and what its problems mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.openapi.docs import Swagger

from runs.api import problems
from runs.errors import AgentSiteError

MEANINGS: Final[Mapping[str, tuple[int, str]]] = {
    "csrf_failed": (403, "The browser's session was used without the CSRF token that belongs to it."),
    "database_unavailable": (503, "The database cannot be reached at the moment. Nothing is lost."),
    "internal_error": (500, "The site is at fault. The log has more under the request_id."),
    "invalid_json": (400, "The body is not JSON; the sentence says where it ceases to be."),
    "invalid_request": (422, "Fields or parameters are wrong, missing or unknown; errors names each."),
    "method_not_allowed": (405, "The address exists, but not with this method; Allow lists those it has."),
    "too_large": (413, "The request is larger than the site accepts; none of it was read."),
    "unreadable": (400, "The body cannot be read: broken, nested too deeply, or not in the declared form."),
    "unsupported_media_type": (415, "The body is declared as something that is not read here; Accept lists what is."),
}
"""Of the codes that no class of ``runs.errors`` has."""


def explained() -> list[tuple[int, str, str]]:
    """Every code with its status before it and what it means behind it, in this order."""
    own = [(status, code, meaning) for code, (status, meaning) in MEANINGS.items()]
    site = [(error.status, error.code, _first_lines(error)) for error in _kinds_of(AgentSiteError)]
    return sorted({code: (status, code, meaning) for status, code, meaning in [*own, *site]}.values())


def _kinds_of(error: type[AgentSiteError]) -> Iterator[type[AgentSiteError]]:
    for kind in error.__subclasses__():
        yield kind
        yield from _kinds_of(kind)


def _first_lines(error: type[AgentSiteError]) -> str:
    """What the class says of itself first: one sentence, as those of ``runs.errors`` are."""
    return " ".join((error.__doc__ or "").split("\n\n")[0].replace("``", "").split())


class Documentation(Swagger):
    """Swagger UI, from django-ninja's own copy, in a page of this site."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        settings = {**self.settings, "url": self.get_openapi_url(api, kwargs)}
        return render(request, "docs.html", {"api_settings": settings})


documentation = Documentation(
    {
        "docExpansion": "list",
        "defaultModelsExpandDepth": 0,
        # A token is for the page that it was typed into.
        "persistAuthorization": False,
        "tryItOutEnabled": True,
    }
)


@require_safe
def explain(request: HttpRequest) -> HttpResponse:
    """Tell what every ``code`` means; ``type`` of a problem leads here."""
    return render(request, "docs_problems.html", {"problems": explained()})


def pages() -> list[URLPattern]:
    """Beside ``/docs`` and ``/openapi.json``, which the API has by itself."""
    return [path(problems.EXPLAINED_AT.lstrip("/"), explain, name="problems")]

"""The pages that describe the API, in the site's look: to try it, and what its problems mean."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.openapi.docs import Swagger

from runs.api import problems


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
    return render(request, "docs_problems.html", {"problems": problems.explained()})


def pages() -> list[URLPattern]:
    """Beside ``/docs`` and ``/openapi.json``, which the API has by itself."""
    return [path(problems.EXPLAINED_AT.lstrip("/"), explain, name="problems")]

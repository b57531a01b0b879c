"""Signing in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from runs import sign_in_locks
from runs.errors import SignInLocked
from runs.views.refusals import with_retry_after


def sign_in_locked(
    request: HttpRequest, response: HttpResponse | None = None, credentials: Mapping[str, Any] | None = None
) -> HttpResponse:
    """The answer to whoever has tried too often, in place of ``response``."""
    refusal = SignInLocked(sign_in_locks.seconds_left(request, credentials))
    back = reverse("login", query={"next": next_url} if (next_url := request.POST.get("next")) else None)
    page = render(request, "sign_in_locked.html", {"refusal": refusal, "back_url": back}, status=refusal.status)
    return with_retry_after(page, refusal)

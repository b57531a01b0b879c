"""Where an open page is told of changes."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from runs import access
from runs.access import Caller
from runs.live import Page, page_stream_url
from runs.live.parts import Shows
from runs.models import AgentRun, User
from runs.sessions import reference_of

register = template.Library()


@register.simple_tag(takes_context=True)
def stream_of(context: dict[str, Any], shows: Shows = "", run: AgentRun | None = None) -> SafeString | str:
    """The attributes of the page's body: its stream, and where to get a fresh token for it."""
    user, request = context.get("user"), context.get("request")
    if not isinstance(user, User) or request is None:
        return ""
    page = Page.of(user, shows, run)
    right = access.right_to_watch(Caller(user, session=reference_of(request)), page.run_id)
    about = {"shows": page.shows, "run": page.run_id}
    renewed = urlencode({name: value for name, value in about.items() if value})
    return format_html(
        ' data-stream="{}" data-renew="{}?{}"', page_stream_url(page, right), reverse("stream"), renewed
    )

"""What is remembered of somebody on the way to the provider and back: by the browser that goes, signed, for a while.

Nothing is written down here for who only asks to be sent away: whoever asked without end
would fill a table. The cookie binds the answer to the browser, as a session would.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any, Final

from authlib.integrations.django_client import DjangoIntegration
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

COOKIE: Final = "journey"
SALT: Final = "runs.journeys"
LASTS: Final = timedelta(minutes=10)
MOST_AT_ONCE: Final = 3
"""That one browser has begun, in as many tabs. A cookie has little room."""
LONGEST_NEXT: Final = 500


class Journeys(DjangoIntegration):  # type: ignore[misc]  # Untyped.
    """Authlib's memory of what was begun, in a cookie: each by its ``state``, the latest first."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__("oidc")
        self.begun = _read(request.COOKIES.get(_name(), ""))

    def begin(self, state: str, data: dict[str, Any]) -> None:
        """Remember ``data`` beside what other tabs have begun."""
        if len(data.get("next", "")) > LONGEST_NEXT:
            data = {**data, "next": ""}
        self.begun = [{"state": state, "at": int(time.time()), "data": data}, *self.begun][:MOST_AT_ONCE]

    def get_state_data(self, session: Any, state: str | None) -> dict[str, Any] | None:
        """What was begun as ``state``; None for what was begun elsewhere, too long ago, or has ended."""
        return next((each["data"] for each in self.begun if each["state"] == state), None)

    def clear_state_data(self, session: Any, state: str | None) -> None:
        """An answer is good for one time."""
        self.begun = [each for each in self.begun if each["state"] != state]

    def keep(self, response: HttpResponse) -> None:
        """Have the browser remember what has not ended."""
        if not self.begun:
            response.delete_cookie(_name(), samesite="Lax")
            return
        response.set_cookie(
            _name(),
            signing.dumps(self.begun, salt=SALT, compress=True),
            max_age=LASTS,
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
            # It has to come along when the provider sends the browser back.
            samesite="Lax",
        )


def _name() -> str:
    """Under https one that no other name of the domain can set."""
    return f"__Host-{COOKIE}" if settings.SESSION_COOKIE_SECURE else COOKIE


def _read(cookie: str) -> list[dict[str, Any]]:
    try:
        begun: list[dict[str, Any]] = signing.loads(cookie, salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        return []
    oldest = time.time() - LASTS.total_seconds()
    return [each for each in begun if each["at"] > oldest]

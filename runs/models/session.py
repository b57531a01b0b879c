"""Where somebody is signed in: Django's sessions, with what their owner wants to know of them."""

from __future__ import annotations

import uuid
from importlib import import_module

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models


class BrowserSession(AbstractBaseSession):
    """One browser. The key is a secret, and stays in its cookie; ``reference`` names the session on pages."""

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # The profile lists a user's sessions by this column's index.
    user = models.ForeignKey("runs.User", on_delete=models.CASCADE, null=True, related_name="browser_sessions")
    user_agent = models.CharField(max_length=300, blank=True)
    started_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta(AbstractBaseSession.Meta):
        verbose_name = "session"

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        """The engine of the settings, which lies above the models."""
        store: type[SessionBase] = import_module(settings.SESSION_ENGINE).SessionStore
        return store

"""Requests that are not to be carried out twice."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from runs.models.run import AgentRun


class IdempotencyKey(models.Model):
    """A name that a user's script gave to a request, and the run that request has made.

    Written in the transaction that makes the run, by ``runs.idempotency`` only. ``fingerprint``
    is a SHA-256 of what was asked for.
    """

    # The constraint below serves the foreign key too.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    run = models.ForeignKey(AgentRun, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints: ClassVar = [
            # Should the lock that orders two equal requests ever fail: one of their runs is not kept.
            models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once_per_user"),
        ]
        indexes: ClassVar = [
            # Forgetting old keys.
            models.Index(fields=["created_at"], name="idempotency_key_by_age"),
        ]

    def __str__(self) -> str:
        return self.key

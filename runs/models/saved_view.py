"""Lists that somebody comes back to."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class SavedView(models.Model):
    """A named filter of one user's. ``query`` is what ``filters.RunFilter.query`` gives, without a page."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views", db_index=False
    )
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            # Also the index for "my saved views, by name".
            models.UniqueConstraint(fields=["user", "name"], name="saved_view_name_once_per_user"),
        ]

    def __str__(self) -> str:
        return self.name

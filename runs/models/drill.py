"""What was measured when something was killed on purpose."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Now


class Drill(models.Model):
    """One ``manage.py drill``, with what it has measured.

    ``results`` is a list with an object for each fault, in the shape of
    ``runs.drills.Result``. ``is_within_budgets`` is empty until the drill has ended.
    """

    started_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    host = models.CharField(max_length=255, editable=False)
    version = models.CharField(max_length=32, editable=False)
    is_within_budgets = models.BooleanField(null=True, editable=False)
    results = models.JSONField(default=list, editable=False)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"drill {self.pk} on {self.host}"

    @classmethod
    def last(cls) -> Drill | None:
        """The newest drill that has ended."""
        return cls.objects.filter(ended_at__isnull=False).order_by("-id").first()

    @property
    def took(self) -> timedelta | None:
        """How long it took; None while it goes on."""
        return self.ended_at - self.started_at if self.ended_at else None

    @property
    def measured(self) -> list[dict[str, Any]]:
        """The results of faults that were not skipped."""
        return [result for result in self.results if result["outcome"] != "skipped"]

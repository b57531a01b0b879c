"""How fast the API is asked, by whom."""

from __future__ import annotations

from django.db import models


class RequestRate(models.Model):
    """What one caller has spent of their requests: see ``runs.request_rates``.

    The table is unlogged: it is written by every request to the API, and nothing is lost with it but a minute.
    """

    subject = models.CharField(primary_key=True, max_length=100)
    spent_until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.subject} until {self.spent_until}"

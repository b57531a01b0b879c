"""What an agent has finished of a run that may not come to its end."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from runs.models.run import AgentRun


class KeptPart(models.Model):
    """A finished part of a run: a rule's finding, a page's text. Written by ``lifecycle.keep`` alone.

    ``value`` has the agent's own shape. Once the run has completed its output says it all: parts
    are let go then, those taken over from another run but for their values.
    """

    id = models.BigAutoField(primary_key=True)
    # The constraint below serves the foreign key too.
    run = models.ForeignKey(AgentRun, on_delete=models.CASCADE, related_name="kept_parts", db_index=False)
    name = models.CharField(max_length=100)
    value = models.JSONField(null=True)
    attempt = models.PositiveSmallIntegerField(help_text="The attempt that finished it; 0 where another run has.")
    taken_from = models.UUIDField(null=True, help_text="The run that finished it, where this one has taken it over.")

    class Meta:
        verbose_name = "kept part"
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            # Also the index for "the parts of this run".
            models.UniqueConstraint(fields=["run", "name"], name="kept_part_once_per_run"),
        ]

    def __str__(self) -> str:
        return self.name

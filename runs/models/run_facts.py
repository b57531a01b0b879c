"""What a run has read of its document, so that it can be judged again by other rules."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from runs.models.run import AgentRun


class RunFacts(models.Model):
    """The facts of one completed run, packed by ``runs.agents.packing``. Written by ``lifecycle.complete`` alone.

    It is content, hidden as the run's output is, and goes with its run. A table of its own: no list loads it.
    """

    run = models.OneToOneField(AgentRun, on_delete=models.CASCADE, primary_key=True, related_name="facts")
    packed = models.BinaryField()

    class Meta:
        verbose_name = "facts of a run"
        verbose_name_plural: ClassVar = "facts of runs"

    def __str__(self) -> str:
        return str(self.run_id)

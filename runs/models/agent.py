"""What operators decide about an agent."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from runs.models.user import User

LONGEST_RUN_SECONDS = 6 * 3600


def is_closed_to(user: User) -> Q:
    """Agents that are for groups, none of which ``user`` is in; for an operator there are none."""
    return Q(pk__in=()) if user.is_operator else is_closed_to_member(user.pk)


def is_closed_to_member(user_id: Any) -> Q:
    """The same for who is no operator, by their id or an expression for it."""
    chosen = AgentSettings.groups.through.objects.filter(agentsettings=OuterRef("pk"))
    return Q(Exists(chosen)) & ~Q(Exists(chosen.filter(group__user=user_id)))


class AgentSettingsQuerySet(models.QuerySet["AgentSettings"]):
    def for_user(self, user: User) -> AgentSettingsQuerySet:
        """With ``is_closed``, as it is for ``user``."""
        return self.annotate(closed=models.ExpressionWrapper(is_closed_to(user), models.BooleanField()))


class AgentSettings(models.Model):
    """An operator's settings for one agent of the registry.

    There is a row only once somebody has set something; empty limits leave the agent's own.
    """

    agent = models.CharField(max_length=64, primary_key=True)
    paused_at = models.DateTimeField(null=True, blank=True, editable=False)
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, editable=False, related_name="+"
    )
    paused_reason = models.CharField(max_length=200, blank=True, help_text="Shown to users while the agent is paused.")
    run_limit_seconds = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(LONGEST_RUN_SECONDS)]
    )
    queue_limit_seconds = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    memory_limit_mb = models.PositiveIntegerField(
        "memory limit (MB)", null=True, blank=True, validators=[MinValueValidator(128)]
    )
    max_attempts = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    accepted_version = models.CharField(
        max_length=32,
        blank=True,
        editable=False,
        help_text="The version that new runs may use, once a golden is pinned; empty: any. See runs.goldens.",
    )
    groups = models.ManyToManyField(
        Group,
        blank=True,
        related_name="+",
        help_text="Only members of these may run the agent, and operators; for others there is no such agent. "
        "With none chosen, everybody may.",
    )

    objects = AgentSettingsQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["agent"]
        verbose_name = "agent"

    def __str__(self) -> str:
        return self.agent

    @property
    def is_closed(self) -> bool:
        """Whether the user for whom the settings were read may not run the agent."""
        return bool(self.__dict__.get("closed", False))

    @property
    def is_paused(self) -> bool:
        """Whether new runs of the agent are refused."""
        return self.paused_at is not None


class AgentEventKind(models.TextChoices):
    """What happened, in the past tense."""

    PAUSED = "paused"
    RESUMED = "resumed"


class AgentEvent(models.Model):
    """A dated line of an agent's history, written by the verb of ``runs.pausing`` that made it happen."""

    agent = models.CharField(max_length=64)
    kind = models.CharField(max_length=16, choices=AgentEventKind.choices)
    at = models.DateTimeField(db_default=Now())
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    message = models.CharField(max_length=200, blank=True, help_text="The reason, of a pause.")

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            # The latest events of one agent, on its history page.
            models.Index(fields=["agent", "-id"], name="agentevent_of_agent"),
        ]

    def __str__(self) -> str:
        return f"{self.agent} {self.kind}"

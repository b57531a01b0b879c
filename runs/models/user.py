"""Who may run agents, and the tokens their scripts carry."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

TOKEN_PREFIX = "agentsite_"  # nosec B105  # noqa: S105  Not a secret: it tells people and scanners what the secret is for.
SHOWN_CHARACTERS = len(TOKEN_PREFIX) + 6


class Scope(models.TextChoices):
    """What a token may be used for, within what its user may do."""

    RUNS_READ = "runs:read", "See runs, documents, agents and policies"
    RUNS_WRITE = "runs:write", "Run agents, stop runs, upload documents"
    ACT_FOR_OTHERS = "act-for-others", "Run agents for other users"
    OPERATE = "operate", "See and stop everybody's runs"


def every_scope() -> list[str]:
    """All that its user may: what a token is good for unless it says less."""
    return list(Scope.values)


class User(AbstractUser):
    """A person or a script. Operators are those with ``is_staff``."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    active_run_limit = models.PositiveSmallIntegerField(
        default=1,
        db_default=1,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="How many of this user's runs may be active at once.",
    )
    trigger_rate_limit = models.PositiveIntegerField(
        "runs a minute", null=True, blank=True, help_text="Empty: as set for the site. 0: no limit."
    )
    daily_run_limit = models.PositiveIntegerField(
        "runs a day", null=True, blank=True, help_text="From 00:00 UTC. Empty: as set for the site. 0: no limit."
    )
    # What of it is spent. Written by a trigger alone, which holds this row: see runs.allowances.
    rate_spent_until = models.DateTimeField(null=True, editable=False)
    runs_counted_on = models.DateField(null=True, editable=False)
    runs_counted = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    class Meta(AbstractUser.Meta):
        permissions: ClassVar = [("act_for_others", "Can trigger and see runs of any user through the API")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(active_run_limit__gte=1), name="user_active_run_limit_positive"),
        ]

    uses_power = True
    """No column. False for a user behind a token without the scope ``operate``: then they are one like any other."""

    reads_runs = True
    """No column. False for a user behind a token without the scope ``runs:read``."""

    @property
    def is_operator(self) -> bool:
        """Whether this user looks after the site: sees all runs and may stop them."""
        return self.is_staff and self.is_active and self.uses_power

    @property
    def may_act_for_others(self) -> bool:
        """Whether this user's tokens may name another ``user_id``."""
        return self.has_perm("runs.act_for_others")


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def usable(self) -> ApiTokenQuerySet:
        """Tokens that still open the door: not revoked, not expired, of an active user."""
        now = timezone.now()
        return self.filter(
            models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=now),
            revoked_at__isnull=True,
            user__is_active=True,
        )

    def for_secret(self, secret: str) -> ApiToken | None:
        """The usable token whose secret this is, with its user."""
        return self.usable().select_related("user").filter(digest=digest(secret)).first()


class ApiToken(models.Model):
    """A secret that stands for its user in the API. Only its SHA-256 is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100, help_text="What the token is for.")
    scopes = ArrayField(models.CharField(max_length=32, choices=Scope.choices), default=every_scope)
    prefix = models.CharField(max_length=32, editable=False, help_text="The beginning of the secret, to tell it by.")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at"]
        verbose_name = "API token"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @classmethod
    def issue(
        cls, user: User, name: str, expires_at: datetime | None = None, scopes: Iterable[str] = Scope.values
    ) -> tuple[ApiToken, str]:
        """Make a token and return it with its secret, which is shown this once. ``runs.tokens`` says who may.

        The secret has 256 random bits, so that its plain SHA-256 can not be searched.
        """
        secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
        token = cls.objects.create(
            user=user,
            name=name,
            scopes=list(scopes),
            prefix=secret[:SHOWN_CHARACTERS],
            digest=digest(secret),
            expires_at=expires_at,
        )
        return token, secret

    @property
    def state(self) -> str:
        """Whether it opens anything, and why not."""
        if self.revoked_at is not None:
            return "revoked"
        if self.expires_at is not None and self.expires_at <= timezone.now():
            return "expired"
        return "usable" if self.user.is_active else "its user is deactivated"

    @property
    def is_usable(self) -> bool:
        return self.state == "usable"


def digest(secret: str) -> str:
    """What is stored of a token's secret: its SHA-256 in hexadecimal."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()

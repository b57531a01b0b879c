"""Sets of rules a document can be checked against."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from runs.canonical import sha256_of


class Policy(models.Model):
    """One version of a named set of rules. Versions are never changed, only followed by the next.

    ``source`` is the YAML or JSON as it was written; ``rules`` is what it means, in
    the shape of ``runs.agents.policies``. Made by ``policies.publish`` only.
    """

    name = models.SlugField(max_length=64, help_text="The name by which a run asks for the policy.")
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    source = models.TextField()
    rules = models.JSONField()
    note = models.TextField(blank=True, default="", db_default="", help_text="What has changed and why.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering: ClassVar = ["name", "-version"]
        verbose_name_plural = "policies"
        constraints: ClassVar = [
            # Also the index for "the latest version of this name".
            models.UniqueConstraint(fields=["name", "version"], name="policy_version_once"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def content_hash(self) -> str:
        """SHA-256 of what a run is judged by, as canonical JSON: name, version, title and rules."""
        return sha256_of({"name": self.name, "version": self.version, "title": self.title, "rules": self.rules})

    @property
    def reference(self) -> str:
        """The name with the version, as a run records it: ``contract-basics@3``."""
        return f"{self.name}@{self.version}"

    @property
    def given(self) -> dict[str, Any]:
        """The policy as plain data, which is how an agent gets it."""
        return {"name": self.name, "version": self.version, "title": self.title, "rules": self.rules}


class PolicyDraft(models.Model):
    """The text of a policy that its author has not published yet. One for each user and policy.

    ``name`` is that of the policy whose editor it comes from, empty for a new one; ``based_on`` the version
    the text was written from, 0 for none.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="policy_drafts")
    name = models.CharField(max_length=64, blank=True)
    source = models.TextField()
    note = models.TextField(blank=True)
    based_on = models.PositiveIntegerField()
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            # Also the index for "this user's draft for this policy".
            models.UniqueConstraint(fields=["user", "name"], name="policy_draft_once_per_user"),
        ]

    def __str__(self) -> str:
        return f"{self.name or 'new policy'}, draft"

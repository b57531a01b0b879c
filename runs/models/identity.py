"""Who somebody is elsewhere: what ties an account to the issuer that vouches for its user."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class Identity(models.Model):
    """An issuer's name for a user, which it never gives to another. An address of e-mail is no such name."""

    user = models.ForeignKey("runs.User", on_delete=models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=500, help_text="The issuer as its tokens name it, to the letter.")
    subject = models.CharField(max_length=255, help_text="The claim “sub”, to the letter.")
    follows_issuer = models.BooleanField(
        default=False,
        help_text="Whether name, groups and the operator's role are taken from the issuer at each sign-in: "
        "so for accounts that were made by one.",
    )
    groups = ArrayField(
        models.CharField(max_length=150), default=list, editable=False, help_text="Groups that the issuer has given."
    )
    is_operator = models.BooleanField(
        default=False, editable=False, help_text="Whether the issuer has given the role."
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    last_sign_in_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        verbose_name_plural = "identities"
        constraints: ClassVar = [
            # Signing in, and every request with an issuer's token, look an identity up by these.
            models.UniqueConstraint(fields=["issuer", "subject"], name="identity_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} of {self.issuer}"

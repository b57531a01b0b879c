"""Groups whose members see each other's runs."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import Group
from django.db import models


class Team(models.Model):
    """The mark on a group that makes a team of it.

    Groups also give permissions and say who may run an agent; a group is a team where this row says so.
    """

    group = models.OneToOneField(Group, primary_key=True, on_delete=models.CASCADE, related_name="team")

    class Meta:
        ordering: ClassVar = ["group__name"]

    def __str__(self) -> str:
        return str(self.group)

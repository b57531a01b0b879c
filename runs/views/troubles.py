"""What of the reader's would come to nothing until they look at it: said on home, where they come by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models import Value
from django.urls import reverse

from runs import schedules
from runs import webhooks as hooks
from runs.models import User, Webhook

MOST_TROUBLES: Final = 5


@dataclass(frozen=True, slots=True)
class Troubles:
    """Schedules that bring no runs and webhooks that are switched off, each as the path of its page and its name."""

    schedules: list[tuple[str, str]]
    webhooks: list[tuple[str, str]]


def troubles_of(user: User) -> Troubles:
    """By one query, a few at most."""
    # A webhook is called by its host where it has no description; a schedule has a name and no address.
    idle = schedules.troubled(user).order_by().values_list("pk", "name", Value(""))
    silent = hooks.switched_off(user).order_by().values_list("pk", "description", "url")
    found = sorted(idle.union(silent, all=True)[:MOST_TROUBLES], key=lambda each: (each[1], each[2]))
    return Troubles(
        [(reverse("schedule", args=[pk]), name) for pk, name, url in found if not url],
        [(reverse("webhook", args=[pk]), str(Webhook(description=name, url=url))) for pk, name, url in found if url],
    )

"""System checks: numbers that must agree with each other, said at start."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register()
def queue_settings_agree(**_: Any) -> list[CheckMessage]:
    """django-q2's numbers, each of which alone can stall or repeat runs."""
    queue = settings.Q_CLUSTER
    rules = [
        (
            "E001",
            queue["queue_limit"] > queue["workers"],
            "queue_limit must exceed workers: a stop can block for ever.",
        ),
        (
            "E002",
            not queue.get("daemonize_workers", True),
            "daemonize_workers must be off: a worker starts processes.",
        ),
        (
            "E003",
            queue["max_attempts"] == 1 and queue["ack_failures"],
            "The queue must never repeat a delivery itself.",
        ),
        ("E004", queue["save_limit"] == -1, "save_limit must be -1: results are kept by runs, not by the queue."),
        ("E005", isinstance(queue["timeout"], int), "timeout must be a whole number of seconds."),
        ("E006", queue["orm"] == "default", "The queue must be in the runs' own database."),
    ]
    return [Error(sentence, id=f"runs.{id}", obj="Q_CLUSTER") for id, holds, sentence in rules if not holds]


@register()
def clocks_agree(**_: Any) -> list[CheckMessage]:
    """A lease must outlast several heartbeats."""
    if settings.LEASE_SECONDS >= 2 * settings.HEARTBEAT_SECONDS:
        return []
    return [Error("LEASE_SECONDS must be at least twice HEARTBEAT_SECONDS.", id="runs.E010", obj="settings")]

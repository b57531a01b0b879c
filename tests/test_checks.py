"""Numbers that contradict each other are named at the start."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import run_checks


@pytest.mark.parametrize(
    ("name", "value", "id"),
    [
        ("queue_limit", 2, "runs.E001"),
        ("daemonize_workers", True, "runs.E002"),
        ("max_attempts", 3, "runs.E003"),
        ("save_limit", 250, "runs.E004"),
        ("timeout", 1.5, "runs.E005"),
        ("orm", "other", "runs.E006"),
        ("guard_cycle", 5, "runs.E007"),
        ("retry", 3, "runs.E008"),
        ("bulk", 10, "runs.E009"),
    ],
)
def test_numbers_that_contradict_each_other_are_named(settings: Any, name: str, value: object, id: str) -> None:
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, name: value}

    assert id in [found.id for found in run_checks()]


def test_the_stock_broker_is_warned_of(settings: Any) -> None:
    settings.BROKER = "stock"

    assert "runs.W007" in [found.id for found in run_checks()]


def test_what_is_set_is_right() -> None:
    assert not [found for found in run_checks() if (found.id or "").startswith("runs.")]

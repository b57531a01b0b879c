"""From the trigger to the agent's first instruction, ours beside django-q2's own broker."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from runs import lifecycle
from runs.models import AgentRun, EventKind, User
from tests.clusters.clusters import RealCluster
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(600)]

RUNS = 200
WARM_UP = 10


class Clock:
    """Milliseconds from the call of ``trigger`` and from its commit, to where a run had come."""

    def __init__(self) -> None:
        self.started: list[float] = []
        self.first_instruction: list[float] = []
        self.first_instruction_since_commit: list[float] = []

    def time_a_run(self, user: User) -> None:
        called_at = datetime.now(UTC)
        run = lifecycle.trigger(user, "rehearsal", {"act": "succeed", "seconds": 0, "steps": 1})
        committed_at = datetime.now(UTC)
        wait_until(lambda: AgentRun.objects.finished().filter(pk=run.pk).exists())
        started_at = run.events.get(kind=EventKind.STARTED).at
        stepped_at = run.events.get(kind=EventKind.STEPPED).at
        self.started.append(_milliseconds(started_at - called_at))
        self.first_instruction.append(_milliseconds(stepped_at - called_at))
        self.first_instruction_since_commit.append(_milliseconds(stepped_at - committed_at))

    def table(self, title: str) -> str:
        rows = [
            ("start, since the call", self.started),
            ("first instruction, since the call", self.first_instruction),
            ("first instruction, since the commit", self.first_instruction_since_commit),
        ]
        return "\n".join(f"{title:<10} {name:<38} p50 {p(50, v):6.1f} ms   p99 {p(99, v):6.1f} ms" for name, v in rows)


def _milliseconds(span: Any) -> float:
    return float(span.total_seconds() * 1000)


def p(percent: int, values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


@pytest.fixture
def clocked(start: Callable[..., RealCluster], owner: User) -> Callable[[str], Clock]:
    def measure(broker: str) -> Clock:
        User.objects.filter(pk=owner.pk).update(trigger_rate_limit=0, daily_run_limit=0)
        cluster = start(BROKER=broker).until_listening()
        for _ in range(WARM_UP):
            Clock().time_a_run(owner)
        clock = Clock()
        for _ in range(RUNS):
            clock.time_a_run(owner)
        cluster.terminate()
        assert cluster.ended() == 0
        return clock

    return measure


def test_a_run_begins_long_before_the_stock_broker_would_begin_it(
    clocked: Callable[[str], Clock], capsys: pytest.CaptureFixture[str]
) -> None:
    ours, stock = clocked("agentsite"), clocked("stock")

    with capsys.disabled():
        print(f"\n{ours.table('ours')}\n{stock.table('stock')}")  # noqa: T201
    assert p(50, ours.first_instruction) * 3 < p(50, stock.first_instruction)
    assert p(50, ours.first_instruction) < 40, "the aim is 15 on an idle machine"

"""Runs that end with some of their work done."""

from __future__ import annotations

from typing import Any

from runs import lifecycle
from runs.lifecycle import Attempt, Tally
from runs.models import AgentRun, User
from tests import acting


def step(seconds: float = 1.5, act: str = "succeed") -> dict[str, Any]:
    """What the rehearsal keeps of a step."""
    return {"act": act, "attempt": 1, "seconds": seconds}


def at_work(owner: User, *, done: int = 2, total: int = 5, **input: Any) -> Attempt:
    """An attempt at a rehearsal that has kept some of its steps."""
    run = lifecycle.trigger(owner, "rehearsal", {"steps": total, "seconds": 0, "keep_steps": True, **input})
    attempt = acting.started(run)
    parts = {f"step {number}": step() for number in range(1, done + 1)}
    lifecycle.keep(attempt, parts, Tally(done, total, "steps"))
    return attempt


def unfinished(owner: User, **more: Any) -> AgentRun:
    """A failed run with two of five steps kept."""
    attempt = at_work(owner, **more)
    return lifecycle.fail(attempt, "timed_out", "Agent run timed out", is_retryable=False)  # type: ignore[arg-type]

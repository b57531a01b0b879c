"""What a run of an agent may use: the agent's own limits, as an operator has changed them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings

from runs import agents
from runs.agents.base import Agent, Limits
from runs.errors import AgentPaused
from runs.models import AgentSettings


@dataclass(frozen=True, slots=True)
class RunLimits:
    """The limits of one run. ``memory_mb`` bounds the address space of the agent's process."""

    run: timedelta
    queue: timedelta
    memory_mb: int
    max_attempts: int
    backoff_seconds: float


def limits_of(agent: str) -> RunLimits:
    """The limits in force for the agent of this name now.

    A run may outlive its agent's place in the registry; it then gets the general limits.
    """
    return _limits(_settings_of(agent))


def _limits(chosen: AgentSettings) -> RunLimits:
    registered = agents.AGENTS.get(chosen.agent)
    own = registered.limits if registered else Limits()
    return RunLimits(
        run=timedelta(seconds=chosen.run_limit_seconds or own.run_seconds or settings.LOCK_TIMEOUT_DURATION),
        queue=timedelta(seconds=chosen.queue_limit_seconds or own.queue_seconds),
        memory_mb=chosen.memory_limit_mb or own.memory_mb,
        max_attempts=chosen.max_attempts or own.max_attempts,
        backoff_seconds=own.backoff_seconds,
    )


def refuse_if_paused(agent: Agent[Any, Any]) -> RunLimits:
    """The limits of a new run. Raises ``AgentPaused``, with the operator's reason, where none is wanted."""
    chosen = _settings_of(agent.name)
    if chosen.is_paused:
        reason = f": {chosen.paused_reason}" if chosen.paused_reason else "."
        raise AgentPaused(f"{agent.label} is paused{reason}", chosen)
    return _limits(chosen)


def _settings_of(agent: str) -> AgentSettings:
    return AgentSettings.objects.select_related("paused_by").filter(agent=agent).first() or AgentSettings(agent=agent)

"""Who may run an agent, and what a run of it may use: the agent's own limits, as an operator has changed them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings

from runs import agents
from runs.agents.base import Agent, Limits
from runs.errors import AgentHeld, AgentPaused, UnknownAgent
from runs.models import AgentSettings, User
from runs.models.agent import is_closed_to


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


def limits_for(agent: Agent[Any, Any], user: User) -> RunLimits:
    """The limits of a new run of ``user``'s.

    Raises ``UnknownAgent`` where they may not run the agent, and where nobody may ``AgentPaused``,
    with the operator's reason, or ``AgentHeld``.
    """
    chosen = _settings_of(agent.name, user)
    if chosen.is_closed:
        raise UnknownAgent(agent.name)
    if chosen.is_paused:
        reason = f": {chosen.paused_reason}" if chosen.paused_reason else "."
        raise AgentPaused(f"{agent.label} is paused{reason}", chosen)
    if is_held(agent, chosen):
        raise AgentHeld(
            f"{agent.label} {agent.version} is held back: "
            f"an operator has yet to accept what it changes since {chosen.accepted_version}.",
            chosen,
        )
    return _limits(chosen)


def is_held(agent: Agent[Any, Any], chosen: AgentSettings | None) -> bool:
    """Whether the agent's version of now waits for a yes: see ``runs.goldens``."""
    return chosen is not None and chosen.accepted_version not in ("", agent.version)


def limits_of_waiting(agent: str, user: User) -> RunLimits:
    """The limits of a run that has waited for its slot. Raises ``UnknownAgent`` where its user may not any more.

    A pause does not matter: the run had been triggered before.
    """
    chosen = _settings_of(agent, user)
    if chosen.is_closed:
        raise UnknownAgent(agent)
    return _limits(chosen)


def permitted_agents(user: User, closed: Collection[str] | None = None) -> list[Agent[Any, Any]]:
    """The agents that ``user`` may run, in the registry's order. ``closed`` is for who has read those they may not."""
    if user.is_operator:
        return list(agents.AGENTS.values())
    if closed is None:
        closed = set(AgentSettings.objects.filter(is_closed_to(user)).values_list("pk", flat=True))
    return [agent for name, agent in agents.AGENTS.items() if name not in closed]


def is_permitted(user: User, name: str) -> bool:
    """Whether ``user`` may run the agent of this name."""
    return name in agents.AGENTS and (user.is_operator or not _settings_of(name, user).is_closed)


def permitted_agent(user: User, name: str) -> Agent[Any, Any]:
    """One of them. Raises ``UnknownAgent``: what somebody may not run does not exist for them."""
    agent = agents.get(name)
    if _settings_of(name, user).is_closed:
        raise UnknownAgent(name)
    return agent


def _settings_of(agent: str, user: User | None = None) -> AgentSettings:
    rows = AgentSettings.objects.select_related("paused_by").filter(agent=agent)
    if user is not None:
        rows = rows.for_user(user)
    return rows.first() or AgentSettings(agent=agent)

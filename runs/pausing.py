"""Pausing an agent and resuming it: the one way, whoever asks and wherever.

A paused agent refuses new runs, with the reason; runs that have been triggered already go
on. Each verb writes the event that says so, in the same transaction.
"""

from __future__ import annotations

import structlog
from django.db import transaction
from django.db.models.functions import Now

from runs import agents, audit
from runs.errors import AgentNotPaused, AgentPaused, ReasonMissing
from runs.models import AgentEvent, AgentEventKind, AgentSettings, User
from runs.storable import storable_text

logger = structlog.stdlib.get_logger(__name__)

LONGEST_REASON = 200


def pause(agent: str, *, by: User, reason: str) -> AgentSettings:
    """Refuse new runs of ``agent`` from now on; its settings as they are then.

    Raises ``UnknownAgent``, ``ReasonMissing``, and ``AgentPaused`` where somebody was first.
    """
    chosen, why = agents.get(agent), storable_text(reason.strip(), LONGEST_REASON)
    if not why:
        raise ReasonMissing
    with transaction.atomic():
        AgentSettings.objects.get_or_create(agent=chosen.name)
        open_agent = AgentSettings.objects.filter(agent=chosen.name, paused_at__isnull=True)
        # The condition, not a look beforehand: of two operators at once, one is told of the other.
        if not open_agent.update(paused_at=Now(), paused_by=by, paused_reason=why):
            settings = _settings_of(chosen.name)
            raise AgentPaused(f"{chosen.label} is paused already: {settings.paused_reason}", settings)
        AgentEvent.objects.create(agent=chosen.name, kind=AgentEventKind.PAUSED, actor=by, message=why)
        audit.record("agent.paused", actor=by, subject=f"agent:{chosen.name}", reason=why)
    logger.info("agent_paused", agent=chosen.name, user_id=by.pk)
    return _settings_of(chosen.name)


def resume(agent: str, *, by: User) -> AgentSettings:
    """Let ``agent`` be run again. Raises ``UnknownAgent``, and ``AgentNotPaused`` where it can be run."""
    chosen = agents.get(agent)
    with transaction.atomic():
        paused = AgentSettings.objects.filter(agent=chosen.name, paused_at__isnull=False)
        if not paused.update(paused_at=None, paused_by=None, paused_reason=""):
            raise AgentNotPaused(f"{chosen.label} is not paused.")
        AgentEvent.objects.create(agent=chosen.name, kind=AgentEventKind.RESUMED, actor=by)
        audit.record("agent.resumed", actor=by, subject=f"agent:{chosen.name}")
    logger.info("agent_resumed", agent=chosen.name, user_id=by.pk)
    return _settings_of(chosen.name)


def _settings_of(agent: str) -> AgentSettings:
    return AgentSettings.objects.select_related("paused_by").get(agent=agent)

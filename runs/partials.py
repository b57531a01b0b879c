"""What there is of a run that has ended before its work was done, and what a run has taken over from another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from pydantic import BaseModel

from runs import lifecycle
from runs.agents import AGENTS
from runs.models import AgentRun, KeptPart

logger = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TakenOver:
    """The parts that another run has finished, by name."""

    run_id: UUID
    parts: list[str]


def partial_output(run: AgentRun) -> Any:
    """The output that the finished parts of ``run`` make, as JSON; None where there is none to be shown.

    ``run`` comes from ``runs.access``: of a hidden one nothing is read.
    """
    agent = AGENTS.get(run.agent)
    if not run.is_partial or run.is_hidden or agent is None:
        return None
    try:
        made = agent.partial(lifecycle.kept_of(run))
    except Exception:
        # What was kept is the agent's word: a page must be shown whatever it is.
        logger.exception("partial_output_failed", run_id=run.pk, agent=run.agent)
        return None
    return made.model_dump(mode="json") if isinstance(made, BaseModel) else None


def taken_over(run: AgentRun) -> list[TakenOver]:
    """What ``run`` did not have to do itself, by the run that did it."""
    if not run.is_continuation or run.is_hidden:
        return []
    found: dict[UUID, list[str]] = {}
    parts = KeptPart.objects.filter(run=run, taken_from__isnull=False).order_by("pk")
    for source, name in parts.values_list("taken_from", "name"):
        assert source is not None
        found.setdefault(source, []).append(name)
    return [TakenOver(source, names) for source, names in found.items()]

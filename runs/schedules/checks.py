"""Whether a run of a schedule would be refused today, its user's slot aside."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from runs import agents
from runs.agents.base import Agent
from runs.errors import AgentPaused, AgentSiteError, AlreadyRunning, InvalidInput, NotAllowed, SeatTaken
from runs.inputs import fields_of_format, prepare
from runs.limits import limits_for, permitted_agent
from runs.models import Schedule, User
from runs.models.run import database_now

LASTING: Final = frozenset({"unknown_agent", "invalid_input", "not_found", "not_allowed", "site_fault"})
"""Codes of refusals that do not mend by themselves: somebody has to do something about the schedule."""
LONGEST: Final = 300
DEACTIVATED: Final = "This user has been deactivated."


def refuse_unless_runnable(user: User, agent: str, input: Mapping[str, Any]) -> Agent[Any, Any]:
    """The agent. Raises as ``lifecycle.trigger`` does for what has nothing to do with slots, paused agents aside."""
    if not user.is_active:
        raise NotAllowed(DEACTIVATED)
    chosen = permitted_agent(user, agent)
    prepare(chosen, input, user)
    return chosen


def check(schedule: Schedule) -> str:
    """Why a run would be refused now, in a sentence; empty where none would be. Needs ``schedule.user``."""
    try:
        limits_for(refuse_unless_runnable(schedule.user, schedule.agent, schedule.input), schedule.user)
    except AgentSiteError as refusal:
        return sentence_of(refusal, schedule)
    return ""


def check_again(schedule: Schedule, now: datetime | None = None) -> None:
    """Check, and have the schedule say what was found."""
    schedule.fault, schedule.checked_at = check(schedule), now or database_now()
    Schedule.objects.filter(pk=schedule.pk).update(fault=schedule.fault, checked_at=schedule.checked_at)


def sentence_of(refusal: AgentSiteError, schedule: Schedule) -> str:
    """Why no run came of ``schedule``, for its owner."""
    match refusal:
        case AlreadyRunning():
            said = f"Your run of {_label(refusal.active_run.agent)} was active."
        case SeatTaken():
            said = f"Your run of {_label(refusal.waiting_run.agent)} was waiting for the slot already."
        case InvalidInput() if _has_lost_its_document(schedule):
            said = "Its document has been deleted: choose another."
        case InvalidInput():
            said = " ".join(_complaint(error) for error in refusal.errors)
        case AgentPaused():
            said = refusal.sentence
        case _:
            said = refusal.sentence
    return said[:LONGEST]


def _has_lost_its_document(schedule: Schedule) -> bool:
    """Whether its input names a document, and there is none any more."""
    agent = agents.AGENTS.get(schedule.agent)
    if agent is None or schedule.document_id is not None:
        return False
    return any(schedule.input.get(field) for field in fields_of_format(agent, "document"))


def _complaint(error: Mapping[str, Any]) -> str:
    field = str(error["loc"][0]).replace("_", " ").capitalize() if error["loc"] else "Input"
    said = str(error["msg"]).removeprefix("Value error, ").rstrip(".")
    return f"{field}: {said}."


def _label(agent: str) -> str:
    return agents.AGENTS[agent].label if agent in agents.AGENTS else agent

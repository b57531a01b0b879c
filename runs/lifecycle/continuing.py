"""Whether a run can be gone on with: what is kept of it must fit what is asked for now."""

from __future__ import annotations

from typing import Any

from django.db import connection

from runs import agents
from runs.agents.base import Agent
from runs.errors import NotContinued, WrongStatus
from runs.inputs import PreparedInput, fields_of_format
from runs.models import AgentRun, Status

TAKE_OVER = """
    INSERT INTO runs_keptpart (run_id, name, value, attempt, taken_from)
    SELECT %s, name, value, 0, coalesce(taken_from, run_id) FROM runs_keptpart
    WHERE run_id = %s AND value IS NOT NULL ORDER BY id
"""


def refuse_whole(run: AgentRun) -> None:
    """Raise ``WrongStatus`` or ``NotContinued`` for a run that has no rest to be asked for."""
    if not run.is_final or run.status == Status.COMPLETED:
        raise WrongStatus("continued", run)
    if not run.kept_count:
        raise NotContinued("Nothing of this run was kept.")
    agent = agents.AGENTS.get(run.agent)
    if agent is None:
        raise NotContinued("Its agent is not here any more.")
    if run.document_id is None and any(run.input.get(name) for name in fields_of_format(agent, "document")):
        raise NotContinued("Its document has been deleted.")


def refuse_changed(run: AgentRun, agent: Agent[Any, Any], prepared: PreparedInput) -> None:
    """Raise ``NotContinued`` where what is kept of ``run`` would not fit what is asked for now."""
    if run.agent_version != agent.version:
        raise NotContinued(f"The agent has changed from version {run.agent_version} to {agent.version}.")
    if prepared.policy_hash != run.policy_hash:
        before = run.policy.reference if run.policy else "no policy"
        now = prepared.policy.reference if prepared.policy else "no policy"
        changed = f"from {before} to {now}" if before != now else f"in itself ({now})"
        raise NotContinued(f"The policy has changed {changed}.")
    if prepared.values != run.input or (prepared.document and prepared.document.pk) != run.document_id:
        raise NotContinued("Its input means something else now.")


def take_over(run: AgentRun, source: AgentRun) -> None:
    """Give ``run``, which has been written, what is kept of ``source``, which has ended."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE_OVER, [run.pk, source.pk])

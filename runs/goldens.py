"""Golden documents: results that were verified once, and that every later version of the agent must still give.

A run is pinned by who may read it. From then on a new version of its agent serves nobody before it has
been checked against every golden of that agent: where all are kept it is accepted by itself, else an
operator has to say yes. The gate is ``runs.limits``; it costs a trigger no statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any, Final

import structlog
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from runs import agents, audit
from runs.agents.base import Agent
from runs.comparing import Row, changed_rows
from runs.errors import AlreadyGolden, NotGolden, NotYetChecked, WrongStatus
from runs.models import AgentRun, AgentSettings, Golden, Status, User
from runs.models.golden import LONGEST_NOTE
from runs.models.run import database_now
from runs.storable import storable_json, storable_text
from runs.trials import answered
from runs.worker import DocumentGone, document_file

logger = structlog.stdlib.get_logger(__name__)

MOST_CHANGES: Final = 100
"""Changes kept of one check; all are counted."""


def of_agent(name: str) -> QuerySet[Golden]:
    """The goldens of one agent, newest first, with all it takes to check them."""
    return Golden.objects.filter(run__agent=name).select_related("run__document", "run__policy", "pinned_by")


def all_shown() -> QuerySet[Golden]:
    """All of them as a list shows them, by agent: without outputs."""
    shown = Golden.objects.select_related("run__document", "run__policy", "run__user", "pinned_by")
    payloads = ("expected", "found", "run__input", "run__output", "run__traceback")
    return shown.defer(*payloads).order_by("run__agent", "-pinned_at")


def pin(run: AgentRun, *, by: User, note: str = "") -> Golden:
    """Hold later versions of the agent to the output of ``run``, which ``by`` may read.

    The first golden of an agent accepts the version that is there. Raises ``WrongStatus`` where
    there is no output to hold to, ``AlreadyGolden``, and ``UnknownAgent`` for an agent that is gone.
    """
    agent = agents.get(run.agent)
    if run.status != Status.COMPLETED or run.output is None:
        raise WrongStatus("pinned", run)
    try:
        with transaction.atomic():
            golden = Golden.objects.create(
                run=run,
                note=storable_text(note.strip(), LONGEST_NOTE),
                pinned_by=by,
                expected=run.output,
                expected_version=run.agent_version,
            )
            _begin_to_hold(agent)
            audit.record("golden.pinned", actor=by, subject=run, agent=run.agent, note=golden.note)
    except IntegrityError:
        raise AlreadyGolden from None
    return golden


def unpin(run: AgentRun, *, by: User) -> None:
    """Hold nobody to it any more. With its last golden, an agent's versions need no yes. Raises ``NotGolden``."""
    with transaction.atomic():
        # Locked, so that no golden is pinned between the look and the letting go.
        AgentSettings.objects.select_for_update().filter(agent=run.agent).first()
        gone, _ = Golden.objects.filter(run=run).delete()
        if not gone:
            raise NotGolden
        if not of_agent(run.agent).exists():
            AgentSettings.objects.filter(agent=run.agent).update(accepted_version="")
        audit.record("golden.unpinned", actor=by, subject=run, agent=run.agent)


def _begin_to_hold(agent: Agent[Any, Any]) -> None:
    AgentSettings.objects.get_or_create(agent=agent.name)
    # Locked also where there is nothing to set: somebody may be letting go of the last golden at this moment.
    settings = AgentSettings.objects.select_for_update().get(agent=agent.name)
    if not settings.accepted_version:
        settings.accepted_version = agent.version
        settings.save(update_fields=["accepted_version"])


def waiting_for_a_yes(names: Iterable[str] | None = None) -> list[Agent[Any, Any]]:
    """The agents whose version of now has not been accepted, all of them or those of ``names``."""
    rows = AgentSettings.objects.exclude(accepted_version="")
    accepted = dict(rows.values_list("agent", "accepted_version"))
    wanted = agents.AGENTS if names is None else names
    return [
        agent
        for name in wanted
        if (agent := agents.AGENTS.get(name)) and accepted.get(name, agent.version) != agent.version
    ]


def check(agent: Agent[Any, Any]) -> Iterator[Golden]:
    """Run every golden of ``agent`` again as a worker would, and keep what it found; no run comes of it.

    Yields each as it is done. Where all are kept, the agent's version is accepted after the last.
    """
    are_kept = []
    for golden in of_agent(agent.name):
        _check(golden, agent)
        are_kept.append(golden.is_kept)
        yield golden
    if are_kept and all(are_kept):
        _accept_version(agent)


def accept(agent: Agent[Any, Any], *, by: User) -> int:
    """Say yes to the version that is there; what it answers is what is expected from now on. How many goldens changed.

    A golden that was not answered stays as it is. Raises ``NotYetChecked`` where one has not been
    checked by this version.
    """
    with transaction.atomic():
        goldens = list(of_agent(agent.name).select_for_update(of=("self",)))
        if not goldens or any(golden.checked_version != agent.version for golden in goldens):
            raise NotYetChecked(f"{agent.label} {agent.version} has not been checked against its goldens yet.")
        changed = [golden for golden in goldens if golden.found is not None]
        for golden in changed:
            golden.expected, golden.expected_version, golden.found = golden.found, agent.version, None
            golden.changes, golden.change_count = [], 0
        Golden.objects.bulk_update(
            changed, ["expected", "expected_version", "found", "changes", "change_count"], batch_size=50
        )
        _accept_version(agent)
        audit.record(
            "agent.version_accepted",
            actor=by,
            subject=f"agent:{agent.name}",
            version=agent.version,
            changed=[str(golden.run_id) for golden in changed],
        )
    return len(changed)


def _accept_version(agent: Agent[Any, Any]) -> None:
    AgentSettings.objects.filter(agent=agent.name).exclude(accepted_version="").update(accepted_version=agent.version)
    logger.info("agent_version_accepted", agent=agent.name, version=agent.version)


def _check(golden: Golden, agent: Agent[Any, Any]) -> None:
    """Fill in what a check of ``golden`` finds, and keep it."""
    output, fault = _output(golden.run, agent)
    rows = changed_rows(agent.name, golden.expected, output) if output is not None else []
    golden.checked_at, golden.checked_version = database_now(), agent.version
    golden.found = storable_json(output) if rows else None
    golden.changes = [_plain(row) for row in rows[:MOST_CHANGES]]
    golden.change_count, golden.fault = len(rows), storable_text(fault)
    golden.save(update_fields=["checked_at", "checked_version", "found", "changes", "change_count", "fault"])


def _output(run: AgentRun, agent: Agent[Any, Any]) -> tuple[Any, str]:
    """What the agent answers to the input of ``run`` now, or why it does not."""
    policy = run.policy.given if run.policy else None
    if run.document is None:
        return answered(agent, run.input, None, policy)
    try:
        with document_file(run.document) as document:
            return answered(agent, run.input, document, policy)
    except DocumentGone:
        return None, "Its document no longer exists."


def _plain(row: Row) -> dict[str, Any]:
    return storable_json({name: value for name, value in asdict(row).items() if name != "stability"})  # type: ignore[no-any-return]

"""What a receipt says, read from the run. The same run gives the same receipt until something happens to it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any, Final

from django.conf import settings

from runs.agents import AGENTS
from runs.canonical import sha256_of
from runs.errors import NoReceipt
from runs.models import AgentRun, EventKind, RunEvent, Waiver
from runs.models.event import LINES
from runs.partials import partial_output, taken_over
from runs.receipts.chain import BEGINNING, chained, link
from runs.receipts.sealing import sealed
from runs.schemas.base import iso
from runs.schemas.payloads import declared_input
from runs.shapes import in_declared_order, shape_of

FORMAT: Final = "agentsite-receipt/1"
LINES_AT_ONCE: Final = 1000


def receipt_of(run: AgentRun) -> dict[str, Any]:
    """The sealed receipt of a run that has ended and whose content its reader may see.

    ``run`` comes whole from ``runs.access``. Raises ``NoReceipt`` while it goes on.
    """
    if not run.is_final:
        raise NoReceipt(run)
    return sealed(facts_of(run))


def facts_of(run: AgentRun) -> dict[str, Any]:
    """The same without the seal."""
    history = list(RunEvent.objects.filter(run=run).exclude(kind__in=LINES).select_related("actor").order_by("pk"))
    return {
        "format": FORMAT,
        "site": settings.PUBLIC_URL,
        "software": {"name": "AgentSite", "version": settings.VERSION},
        "run": _run(run),
        "agent": {"name": run.agent, "version": run.agent_version},
        "input": {"values": declared_input(run), "sha256": sha256_of(run.input)},
        "document": _document(run),
        "policy": _policy(run),
        "model": run.usage,
        "settings": _settings(run, history),
        "outcome": _outcome(run),
        "waivers": [_waiver(each) for each in run.waivers.select_related("granted_by").order_by("pk")],
        "events": chained(_event(event) for event in history),
        "log": _log(run),
    }


def _waiver(waiver: Waiver) -> dict[str, Any]:
    """Also of one whose time is up or that was taken back: that it once counted is part of the run's story."""
    return {
        "rule": waiver.rule,
        "title": waiver.title,
        "reason": waiver.reason,
        "granted_by": waiver.granted_by.get_username() if waiver.granted_by else None,
        "granted_at": iso(waiver.granted_at),
        "expires_at": iso(waiver.expires_at),
        "ended_at": waiver.ended_at and iso(waiver.ended_at),
    }


def _run(run: AgentRun) -> dict[str, Any]:
    return {
        "id": str(run.pk),
        "user": {"id": str(run.user_id), "name": run.user.get_username()},
        "trigger": run.trigger,
        "request_id": run.request_id,
        "status": run.status,
        "attempt": run.attempt,
        "created_at": iso(run.created_at),
        "started_at": run.started_at and iso(run.started_at),
        "completed_at": run.completed_at and iso(run.completed_at),
        "rerun_of": _id(run.rerun_of_id),
        "adopted_from": _id(run.adopted_from_id),
        "schedule": _id(run.schedule_id),
        "scheduled_for": run.scheduled_for and iso(run.scheduled_for),
    }


def _id(key: object) -> str | None:
    return str(key) if key else None


def _document(run: AgentRun) -> dict[str, Any] | None:
    """The document, or the bundled sample as long as the agent is of the version that has read it."""
    if document := run.document:
        facts = {"name": document.name, "media_type": document.media_type, "size": document.size}
        return {"id": str(document.pk), **facts, "sha256": document.sha256, "is_sample": False}
    agent = AGENTS.get(run.agent)
    if agent is None or agent.sample is None or agent.version != run.agent_version:
        return None
    content = agent.sample.read_bytes()
    named = {"id": None, "name": agent.sample.name, "media_type": None, "size": len(content)}
    return {**named, "sha256": hashlib.sha256(content).hexdigest(), "is_sample": True}


def _policy(run: AgentRun) -> dict[str, Any] | None:
    """``sha256`` is of the content as it was when the run was triggered; empty of runs from before it was recorded."""
    policy = run.policy
    if policy is None:
        return None
    return {"name": policy.name, "version": policy.version, "title": policy.title, "sha256": run.policy_hash}


def _settings(run: AgentRun, history: Iterable[RunEvent]) -> dict[str, Any]:
    """The limits under which the last attempt ran."""
    started = [event.data for event in history if event.kind == EventKind.STARTED]
    last = started[-1] if started else {}
    return {
        "max_attempts": run.max_attempts,
        "backoff_seconds": run.backoff_seconds,
        "run_seconds": last.get("run_seconds"),
        "memory_mb": last.get("memory_mb"),
    }


def _outcome(run: AgentRun) -> dict[str, Any]:
    output = run.output if run.output is not None else partial_output(run)
    agent = AGENTS.get(run.agent)
    return {
        "result": run.result,
        "summary": run.summary,
        "error": run.error,
        "error_code": run.error_code,
        "is_partial": run.is_partial,
        "finished": run.kept_words if run.is_partial else None,
        "taken_over": [{"run": str(source.run_id), "parts": source.parts} for source in taken_over(run)],
        "output": in_declared_order(output, shape_of(agent.Output)) if agent else output,
        "output_sha256": sha256_of(output),
    }


def _event(event: RunEvent) -> dict[str, Any]:
    is_late = event.kind == EventKind.LATE_RESULT
    return {
        "id": event.pk,
        "kind": event.kind,
        "at": iso(event.at),
        "attempt": event.attempt,
        "actor": event.actor.get_username() if event.actor else None,
        "message": event.message,
        # A late result is a whole output that nobody has counted.
        "data": {"sha256": sha256_of(event.data)} if is_late else event.data,
    }


def _log(run: AgentRun) -> dict[str, Any]:
    """How long the log is, and the last hash of the chain of its lines: the lines themselves may be very many."""
    count, head = 0, BEGINNING
    for event in _lines(run):
        count, head = count + 1, link(head, _event(event))
    return {"count": count, "sha256": head}


def _lines(run: AgentRun) -> Iterator[RunEvent]:
    last = 0
    lines = RunEvent.objects.filter(run=run, kind__in=LINES).select_related("actor").order_by("pk")
    while found := list(lines.filter(pk__gt=last)[:LINES_AT_ONCE]):
        yield from found
        last = found[-1].pk

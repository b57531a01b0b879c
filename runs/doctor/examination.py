"""Going through all checks, and carrying out the repairs that are safe."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction

from runs import audit
from runs.doctor import (
    attempts,
    audits,
    clocks,
    histories,
    installation,
    messages,
    schedules,
    schema,
    slots,
    webhooks,
)
from runs.doctor.findings import Finding, State

logger = structlog.stdlib.get_logger(__name__)

Check = Callable[[int], Finding]
SAMPLE = 10_000
"""How many rows a check looks at that cannot look at all of them."""

CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "migrations": schema.migrations,
        "constraints": schema.constraints,
        "refusals": schema.refusals,
        "slots": slots.slots,
        "waiting seats": slots.seats,
        "leases": attempts.leases,
        "queue limit": attempts.queue_limit,
        "doorbells": messages.doorbells,
        "orphaned messages": messages.orphans,
        "parked messages": messages.parked,
        "signatures": messages.signatures,
        "webhooks": webhooks.deliveries,
        "histories": histories.histories,
        "audit chain": audits.chain,
        "clocks": clocks.clocks,
        "settings": installation.configuration,
        "schedules": schedules.schedules,
        "workers": installation.workers,
        "agents": installation.registry,
        "storage": installation.storage,
        "recognition": installation.recognition,
    }
)


class CouldNotLook(OperationalError):
    """The database does not answer; the text says what it said."""


def examine(names: Iterable[str] = CHECKS, *, sample: int = SAMPLE, patience: float = 0.0) -> list[Finding]:
    """What every check finds, in their order. Changes nothing. Raises ``CouldNotLook``.

    With ``patience``, what is in trouble is looked at once more after so many seconds: what
    was about to be put right by itself then has been.
    """
    try:
        connection.ensure_connection()
    except OperationalError as error:
        raise CouldNotLook(_first_line(error)) from None
    findings = {name: _look(name, sample) for name in names}
    again = [name for name, finding in findings.items() if finding.is_trouble]
    if again and patience:
        time.sleep(patience)
        findings.update({name: _look(name, sample) for name in again})
    return list(findings.values())


def repair(findings: Iterable[Finding], *, sample: int = SAMPLE) -> list[Finding]:
    """Carry out what can be repaired, look again, and say how each stands now."""
    found = list(findings)
    for finding in found:
        if finding.repair is not None:
            logger.info("doctor_repairs", check=finding.name, plan=finding.repair.plan)
            finding.repair.carry_out()
            audit.record("doctor.repaired", subject=f"check:{finding.name}", plan=finding.repair.plan)
    # All repairs first: one of them can be what the next one asks for.
    return [_after(finding, sample) if finding.repair is not None else finding for finding in found]


def _after(finding: Finding, sample: int) -> Finding:
    now = _look(finding.name, sample)
    assert finding.repair is not None
    if now.state == State.OK:
        return replace(now, state=State.REPAIRED, cases=finding.repair.plan, repair=None)
    return now


def _look(name: str, sample: int) -> Finding:
    try:
        # A savepoint: a question that fails must not spoil the ones after it.
        with transaction.atomic():
            return replace(CHECKS[name](sample), name=name)
    except (OperationalError, InterfaceError) as error:
        if not connection.is_usable():
            raise CouldNotLook(_first_line(error)) from None
        return Finding(State.UNKNOWN, f"Could not look: {_first_line(error)}.", name=name)
    except Exception as error:
        logger.debug("check_failed", check=name, exc_info=True)
        return Finding(State.UNKNOWN, f"Could not look: {_first_line(error)}.", name=name)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{lines[0]} ({type(error).__name__})" if lines else type(error).__name__

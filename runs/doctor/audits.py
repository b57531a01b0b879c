"""Whether the audit's newest entries are as they were sealed, and none waits for long."""

from __future__ import annotations

from datetime import timedelta

from runs import audit
from runs.audit.sealing import head
from runs.doctor.findings import Finding, Repair, counted, fine, sentence, trouble
from runs.models import AuditEntry
from runs.models.run import ClockTimestamp

SEALED_WITHIN = timedelta(minutes=1)
MOST_COUNTED = 10_000
SEAL = Repair(("Seals what has not been sealed yet.",), audit.seal)


def chain(sample: int) -> Finding:
    """The newest ``sample`` entries follow one another unchanged; ``manage.py verifyaudit`` walks all of them."""
    newest, _ = head()
    verdict = audit.verify(max(newest - sample, 0) + 1)
    if not verdict.is_whole:
        return trouble(
            f"The audit has been tampered with: {verdict.fault}",
            remedy="Keep the database as it is, and compare it with exports, noted heads and backups",
        )
    unsealed = AuditEntry.objects.filter(sequence__isnull=True, at__lt=ClockTimestamp() - SEALED_WITHIN)
    if count := unsealed[:MOST_COUNTED].count():
        late = sentence(counted(count, "audit entry", "audit entries"))
        return trouble(f"{late} not sealed after a minute: no cluster is at work.", repair=SEAL)
    return fine(f"The newest {counted(verdict.count, 'audit entry', 'audit entries')} unchanged.")

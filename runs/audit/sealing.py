"""Putting entries into order, and each under the seal of the one before.

Called by every cluster about once a second; of several at once, one does the work. An entry that
is written but not yet sealed is protected by the database's triggers alone.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC
from typing import Final

import structlog
from django.db import connection, transaction

from runs.models import AuditEntry

logger = structlog.stdlib.get_logger(__name__)

ADVISORY_LOCK: Final = 0x41554449  # "AUDI"
BEGINNING: Final = "0" * 64
"""What stands before the first entry."""
MOST_AT_ONCE: Final = 1_000
# One question, and mostly the only one: no row where nothing is to be sealed.
CLAIM = """
    SELECT pg_try_advisory_xact_lock(%s) WHERE EXISTS (SELECT FROM runs_auditentry WHERE sequence IS NULL)
"""
SEAL = """
    UPDATE runs_auditentry AS entry SET sequence = sealed.sequence, previous = sealed.previous, hash = sealed.hash
    FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[]) AS sealed (id, sequence, previous, hash)
    WHERE entry.id = sealed.id
"""


def seal() -> int:
    """Give all entries that are committed and unsealed their places in the chain; how many those were."""
    count = 0
    while done := _seal_some():
        count += done
        if done < MOST_AT_ONCE:
            break
    return count


def _seal_some() -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, [ADVISORY_LOCK])
        claim = cursor.fetchone()
        if claim is None or not claim[0]:
            return 0
        # Asked after the lock was taken: whoever held it before has committed.
        sequence, previous = head()
        entries = list(AuditEntry.objects.filter(sequence__isnull=True).order_by("id")[:MOST_AT_ONCE])
        for entry in entries:
            sequence += 1
            entry.sequence, entry.previous = sequence, previous
            entry.hash = previous = hash_of(entry)
        columns = zip(*((each.pk, each.sequence, each.previous, each.hash) for each in entries), strict=True)
        cursor.execute(SEAL, [list(column) for column in columns])
    # The head of the chain leaves the database with the log: who rewrites the one must reach the other.
    logger.info("audit_sealed", count=len(entries), head=f"{sequence}:{previous}")
    return len(entries)


def head() -> tuple[int, str]:
    """The place and the hash of the newest sealed entry."""
    sealed = AuditEntry.objects.filter(sequence__isnull=False).order_by("-sequence")
    found = sealed.values_list("sequence", "hash").first()
    return (found[0] or 0, found[1]) if found else (0, BEGINNING)


def hash_of(entry: AuditEntry) -> str:
    """SHA-256 of all that the entry says and of the hash before it, as canonical JSON.

    UTF-8, keys sorted, no white space. Its place is not in it: that is what ``previous`` says.
    """
    facts = {
        "id": entry.pk,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "action": entry.action,
        "actor": str(entry.actor_id) if entry.actor_id else None,
        "actor_name": entry.actor_name,
        "subject_type": entry.subject_type,
        "subject_id": entry.subject_id,
        "address": entry.address,
        "request_id": entry.request_id,
        "token_prefix": entry.token_prefix,
        "details": entry.details,
        "previous": entry.previous,
    }
    canonical = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()

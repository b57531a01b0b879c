"""What a run's event leaves for webhooks: a delivery for each that wants to be told.

Written in the transaction of the event, by the statement after it: nothing is lost, and
nobody is told of what was rolled back. The event's own statement finds out whether there
is anybody to tell, so that users without webhooks pay for no statement more.
"""

from __future__ import annotations

from uuid import UUID

from django.db.backends.utils import CursorWrapper

from runs.models.event import EventKind
from runs.models.webhook import EVENT_OF_KIND

WANTED = """
    EXISTS (SELECT FROM runs_webhook WHERE user_id = %s AND is_active AND events @> ARRAY[%s]::varchar[])
"""
PAYLOADS = ["input", "output", "traceback"]
# The run as it is at this moment of its transaction. What is told of it is chosen when it is sent.
WRITE = """
    INSERT INTO runs_webhookdelivery (id, webhook_id, run_id, event, facts, created_at, next_attempt_at)
    SELECT gen_random_uuid(), webhook.id, run.id, %s,
           jsonb_build_object('run', to_jsonb(run) - %s::text[], 'document', to_jsonb(document) - 'facts'),
           clock_timestamp(), clock_timestamp()
      FROM runs_webhook webhook
      JOIN runs_agentrun run ON run.id = %s
      LEFT JOIN runs_document document ON document.id = run.document_id
     WHERE webhook.user_id = run.user_id AND webhook.is_active AND webhook.events @> ARRAY[%s]::varchar[]
"""


def event_of(kind: EventKind) -> str:
    """What webhooks are told of an event of this kind; empty where that is nothing."""
    return EVENT_OF_KIND.get(kind, "")


def write(cursor: CursorWrapper, run_id: UUID, kind: EventKind) -> None:
    """Leave a delivery for each webhook of the run's user that wants this event."""
    event = event_of(kind)
    cursor.execute(WRITE, [event, PAYLOADS, run_id, event])

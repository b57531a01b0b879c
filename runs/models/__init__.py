"""The tables. Columns and constraints only: what changes them lives in the rooms above."""

from runs.models.agent import AgentEvent, AgentEventKind, AgentSettings
from runs.models.audit import AuditEntry
from runs.models.cluster import Cluster
from runs.models.document import Document
from runs.models.drill import Drill
from runs.models.event import EventKind, RunEvent
from runs.models.golden import Golden
from runs.models.idempotency_key import IdempotencyKey
from runs.models.identity import Identity
from runs.models.kept_part import KeptPart
from runs.models.opening import Opening
from runs.models.policy import Policy, PolicyDraft
from runs.models.request_rate import RequestRate
from runs.models.run import AgentRun, ErrorCode, Status, Trigger
from runs.models.run_facts import RunFacts
from runs.models.saved_input import SavedInput
from runs.models.saved_view import SavedView
from runs.models.schedule import Overlap, Schedule
from runs.models.session import BrowserSession
from runs.models.team import Team
from runs.models.user import ApiToken, Scope, User
from runs.models.waiver import Waiver
from runs.models.webhook import DeliveryStatus, Webhook, WebhookDelivery, WebhookEvent

__all__ = [
    "AgentEvent",
    "AgentEventKind",
    "AgentRun",
    "AgentSettings",
    "ApiToken",
    "AuditEntry",
    "BrowserSession",
    "Cluster",
    "DeliveryStatus",
    "Document",
    "Drill",
    "ErrorCode",
    "EventKind",
    "Golden",
    "IdempotencyKey",
    "Identity",
    "KeptPart",
    "Opening",
    "Overlap",
    "Policy",
    "PolicyDraft",
    "RequestRate",
    "RunEvent",
    "RunFacts",
    "SavedInput",
    "SavedView",
    "Schedule",
    "Scope",
    "Status",
    "Team",
    "Trigger",
    "User",
    "Waiver",
    "Webhook",
    "WebhookDelivery",
    "WebhookEvent",
]

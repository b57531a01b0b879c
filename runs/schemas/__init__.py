"""The public JSON shapes: what scripts send and get.

Names in them are promises. A shape is made from a model, in the context of the request
that asked for it, so that its links lead back to where the request came from.

- ``original``: the API this site replaces
- the others: ``/api/v1/``, by noun
"""

from runs.schemas.agents import AgentList, AgentShape, PauseRequest, UsualShape
from runs.schemas.audit import AuditEntryShape, AuditList
from runs.schemas.base import Moment, Request, link
from runs.schemas.comparisons import ComparisonShape
from runs.schemas.documents import DocumentBrief, DocumentList, DocumentShape
from runs.schemas.goldens import GoldenList, GoldenShape, PinRequest
from runs.schemas.me import AllowanceShape, Me
from runs.schemas.original import (
    OriginalFault,
    OriginalFaults,
    OriginalRefusal,
    OriginalRequest,
    OriginalStatus,
    OriginalTriggered,
)
from runs.schemas.payloads import declared_output
from runs.schemas.policies import (
    PolicyChanges,
    PolicyCheck,
    PolicyDetail,
    PolicyList,
    PolicyShape,
    PolicyTrial,
    PolicyVersions,
)
from runs.schemas.preflights import PreflightRequest, PreflightShape
from runs.schemas.problems import FieldFault, Problem
from runs.schemas.runs import (
    ActiveRun,
    AdoptionRequest,
    EventList,
    EventShape,
    OpeningRequest,
    OpeningShape,
    RerunRequest,
    RunBrief,
    RunList,
    RunRequest,
    RunShape,
    StopRequest,
    stream_url_for,
)
from runs.schemas.saved_inputs import (
    SavedInputBrief,
    SavedInputList,
    SavedInputName,
    SavedInputRequest,
    SavedInputShape,
)
from runs.schemas.saved_views import SavedViewList, SavedViewName, SavedViewRequest, SavedViewShape
from runs.schemas.schedules import ScheduleBrief, ScheduleChange, ScheduleList, ScheduleRequest, ScheduleShape
from runs.schemas.selections import OutcomeShape, SelectionRequest
from runs.schemas.sessions import EndedSessions, SessionList, SessionShape
from runs.schemas.status import ClusterShape, SiteStatus, StatusShape
from runs.schemas.tokens import NewToken, TokenList, TokenRequest, TokenShape
from runs.schemas.waivers import RunStanding, WaiverRequest, WaiverShape
from runs.schemas.webhooks import (
    DeliveryList,
    DeliveryShape,
    DeliveryWhole,
    NewWebhook,
    WebhookChange,
    WebhookList,
    WebhookRequest,
    WebhookShape,
)
from runs.schemas.what_if import ChangedRunShape, WhatIf

__all__ = [
    "ActiveRun",
    "AdoptionRequest",
    "AgentList",
    "AgentShape",
    "AllowanceShape",
    "AuditEntryShape",
    "AuditList",
    "ChangedRunShape",
    "ClusterShape",
    "ComparisonShape",
    "DeliveryList",
    "DeliveryShape",
    "DeliveryWhole",
    "DocumentBrief",
    "DocumentList",
    "DocumentShape",
    "EndedSessions",
    "EventList",
    "EventShape",
    "FieldFault",
    "GoldenList",
    "GoldenShape",
    "Me",
    "Moment",
    "NewToken",
    "NewWebhook",
    "OpeningRequest",
    "OpeningShape",
    "OriginalFault",
    "OriginalFaults",
    "OriginalRefusal",
    "OriginalRequest",
    "OriginalStatus",
    "OriginalTriggered",
    "OutcomeShape",
    "PauseRequest",
    "PinRequest",
    "PolicyChanges",
    "PolicyCheck",
    "PolicyDetail",
    "PolicyList",
    "PolicyShape",
    "PolicyTrial",
    "PolicyVersions",
    "PreflightRequest",
    "PreflightShape",
    "Problem",
    "Request",
    "RerunRequest",
    "RunBrief",
    "RunList",
    "RunRequest",
    "RunShape",
    "RunStanding",
    "SavedInputBrief",
    "SavedInputList",
    "SavedInputName",
    "SavedInputRequest",
    "SavedInputShape",
    "SavedViewList",
    "SavedViewName",
    "SavedViewRequest",
    "SavedViewShape",
    "ScheduleBrief",
    "ScheduleChange",
    "ScheduleList",
    "ScheduleRequest",
    "ScheduleShape",
    "SelectionRequest",
    "SessionList",
    "SessionShape",
    "SiteStatus",
    "StatusShape",
    "StopRequest",
    "TokenList",
    "TokenRequest",
    "TokenShape",
    "UsualShape",
    "WaiverRequest",
    "WaiverShape",
    "WebhookChange",
    "WebhookList",
    "WebhookRequest",
    "WebhookShape",
    "WhatIf",
    "declared_output",
    "link",
    "stream_url_for",
]

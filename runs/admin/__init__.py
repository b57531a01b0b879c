"""The operators' pages, one module for each noun.

Statuses are never edited: what changes a run goes through a verb of ``lifecycle``, asked for
on a page that says what will happen. Nothing here decides; it lists, asks and reports.
"""

from django.contrib import admin

from runs.admin.agents import AgentSettingsAdmin
from runs.admin.audit import AuditEntryAdmin
from runs.admin.documents import DocumentAdmin
from runs.admin.drills import DrillAdmin
from runs.admin.identities import IdentityAdmin
from runs.admin.policies import PolicyAdmin
from runs.admin.queue import ClusterAdmin, QueueAdmin
from runs.admin.runs import AgentRunAdmin, RunEventAdmin
from runs.admin.schedules import ScheduleAdmin
from runs.admin.sign_in_locks import SignInFailureAdmin
from runs.admin.tokens import ApiTokenAdmin
from runs.admin.users import UserAdmin
from runs.admin.webhooks import WebhookAdmin, WebhookDeliveryAdmin

__all__ = [
    "AgentRunAdmin",
    "AgentSettingsAdmin",
    "ApiTokenAdmin",
    "AuditEntryAdmin",
    "ClusterAdmin",
    "DocumentAdmin",
    "DrillAdmin",
    "IdentityAdmin",
    "PolicyAdmin",
    "QueueAdmin",
    "RunEventAdmin",
    "ScheduleAdmin",
    "SignInFailureAdmin",
    "UserAdmin",
    "WebhookAdmin",
    "WebhookDeliveryAdmin",
]

admin.site.site_header = "AgentSite operations"
admin.site.site_title = "AgentSite operations"
admin.site.index_title = "Operations"

"""The audit as rows: read, never written."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from runs.admin.base import OperatorAdmin
from runs.models import AuditEntry


@admin.register(AuditEntry)
class AuditEntryAdmin(OperatorAdmin[AuditEntry]):
    """All columns of an entry, its hashes too. The site's own page filters and exports."""

    list_display = ("at", "action", "actor_name", "subject", "address", "sequence")
    search_fields = ("action", "actor_name", "subject_id", "request_id")
    readonly_fields = ("at", "sequence", "previous", "hash")

    def tools(self, request: HttpRequest, obj: AuditEntry) -> list[tuple[str, str]]:
        same = reverse("audit", query={"subject": obj.subject}) if obj.subject else reverse("audit")
        return [(same, "In the audit"), *super().tools(request, obj)]

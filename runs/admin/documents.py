"""Documents: who uploaded what. Their content is downloaded, never changed."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html

from runs.admin.base import OperatorAdmin
from runs.models import Document


@admin.register(Document)
class DocumentAdmin(OperatorAdmin[Document]):
    """Every user's documents."""

    list_display = ("name", "owner", "media_type", "shown_size", "uploaded_at", "download")
    list_filter = ("uploaded_at",)
    list_select_related = ("owner",)
    search_fields = ("name", "=sha256", "owner__username")
    fields = ("id", "name", "owner", "media_type", "shown_size", "sha256", "uploaded_at", "download")

    def tools(self, request: HttpRequest, obj: Document) -> list[tuple[str, str]]:
        return [(reverse("document", args=[obj.pk]), "Download"), *super().tools(request, obj)]

    @admin.display(description="size", ordering="size")
    def shown_size(self, document: Document) -> str:
        return filesizeformat(document.size)

    @admin.display(description="content")
    def download(self, document: Document) -> str:
        return format_html('<a href="{}">Download</a>', reverse("document", args=[document.pk]))

"""A run's receipt, to be kept elsewhere and verified later."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from runs import access, receipts
from runs.views.requests import PageRequest


@require_safe
def run_receipt(request: PageRequest, run_id: UUID) -> HttpResponse:
    """The receipt as JSON."""
    text = receipts.text_of(receipts.receipt_of(access.readable_run(request.user, run_id)))
    return _file(text, "application/json", f"receipt-{run_id}.json")


@require_safe
def run_receipt_page(request: PageRequest, run_id: UUID) -> HttpResponse:
    """The receipt as a page of its own, which carries the JSON."""
    text = receipts.page_of(receipts.receipt_of(access.readable_run(request.user, run_id)))
    return _file(text, "text/html; charset=utf-8", f"receipt-{run_id}.html")


def _file(text: str, media_type: str, name: str) -> HttpResponse:
    """A file to be saved, never shown as one of our pages."""
    response = HttpResponse(text, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response

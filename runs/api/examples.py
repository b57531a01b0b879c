"""What answers and requests look like, for whoever reads the API's description: one story, told by all of them.

Of a nightly import: its invoice, its run, its token, the schedule and the webhook it has. Each
is held against its schema by a test, and has every field that the schema has.
"""

from __future__ import annotations

from typing import Any, Final

SITE: Final = "https://agents.example.org"
API: Final = f"{SITE}/api/v1"
USER: Final = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
DOCUMENT: Final = "5d2c1a52-7b3f-4a51-9d0e-0a3f0f6d3b11"
RUN: Final = "8a1f4dca-7a6e-4f45-9a7b-9c1126dcae74"
TOKEN: Final = "b7e0f1de-9d0c-4d4e-8f9a-2f8f3f8d2c55"  # noqa: S105  An id, no secret.
SCHEDULE: Final = "c1f0a3b2-5d4e-4f6a-8b7c-9d0e1f2a3b4c"
WEBHOOK: Final = "d2e1b4c3-6e5f-4a7b-9c8d-0e1f2a3b4c5d"
DELIVERY: Final = "e3f2c5d4-7f6a-4b8c-8d9e-1f2a3b4c5d6e"
CRON: Final = {"cron": "0 3 * * 1-5", "time_zone": "Europe/Berlin"}

document_brief: Final = {"id": DOCUMENT, "name": "invoice.pdf", "url": f"{API}/documents/{DOCUMENT}"}
document: Final = {
    **document_brief,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "size": 34871,
    "media_type": "application/pdf",
    "kind": "PDF",
    "uploaded_at": "2026-11-23T09:30:12.402118Z",
    "content_url": f"{API}/documents/{DOCUMENT}/content",
}
run_line: Final = {
    "id": RUN,
    "url": f"{API}/runs/{RUN}",
    "agent": "document-extractor",
    "status": "completed",
    "progress": 100,
    "started_at": "2026-11-23T09:30:15.131240Z",
}
run_brief: Final = {
    **run_line,
    "agent_version": "1.0.0",
    "user_id": USER,
    "trigger": "api",
    "is_stopping": False,
    "step": "Checking the values",
    "attempt": 1,
    "document": document_brief,
    "schedule": None,
    "scheduled_for": None,
    "rerun_of": None,
    "adopted_from": None,
    "result": "extracted",
    "summary": "12 values, 12 verified",
    "error": None,
    "error_code": None,
    "partial": None,
    "created_at": "2026-11-23T09:30:15.118503Z",
    "completed_at": "2026-11-23T09:30:18.902771Z",
}
run_request: Final = {
    "agent": "document-extractor",
    "input": {"document": DOCUMENT, "include_text": False},
    "on_conflict": "wait",
}
run: Final = {
    **run_brief,
    "max_attempts": 3,
    "policy": None,
    "policy_hash": "",
    "continues": None,
    "taken_over": [],
    "is_hidden": False,
    "input": run_request["input"],
    "output": {"pages": 1, "fields": [{"name": "total", "value": "EUR 120.50", "page": 1, "grounding": "verified"}]},
    "usage": None,
    "cancel_requested_at": None,
    "cancel_reason": "",
    "stops_by": None,
    "deadline_at": None,
    "page_url": f"{SITE}/runs/{RUN}/",
    "events_url": f"{API}/runs/{RUN}/events",
    "log_url": f"{API}/runs/{RUN}/log",
    "result_url": f"{API}/runs/{RUN}/result",
    "receipt_url": f"{API}/runs/{RUN}/receipt",
    "cancel_url": f"{API}/runs/{RUN}/cancel",
    "force_stop_url": f"{API}/runs/{RUN}/force-stop",
    "rerun_url": f"{API}/runs/{RUN}/rerun",
    "continue_url": f"{API}/runs/{RUN}/continue",
    "stream_url": None,
}
waiver: Final = {
    "id": 7,
    "rule": "liability-cap",
    "title": "A limit of liability is stated",
    "reason": "Agreed with the legal department.",
    "granted_by": "operator",
    "granted_at": "2026-11-23T10:12:00.000000Z",
    "expires_at": "2027-02-21T10:12:00.000000Z",
    "has_expired": False,
}
token: Final = {
    "id": TOKEN,
    "name": "nightly import",
    "prefix": "agentsite_Qk0t",
    "scopes": ["runs:read", "runs:write"],
    "created_at": "2026-11-20T08:00:00.000000Z",
    "expires_at": "2027-02-18T08:00:00.000000Z",
    "last_used_at": "2026-11-23T09:30:15.102377Z",
}
schedule_request: Final = {
    "name": "Nightly import",
    "agent": "document-extractor",
    "input": run_request["input"],
    **CRON,
    "on_conflict": "wait",
}
schedule_brief: Final = {
    "id": SCHEDULE,
    "url": f"{API}/schedules/{SCHEDULE}",
    "page_url": f"{SITE}/schedules/{SCHEDULE}/",
    "name": "Nightly import",
    "agent": "document-extractor",
    "document": document_brief,
    **CRON,
    "words": "At 03:00, Monday through Friday",
    "on_conflict": "wait",
    "next_run_at": "2026-11-24T02:00:00.000000Z",
    "next_times": ["2026-11-24T02:00:00.000000Z", "2026-11-25T02:00:00.000000Z", "2026-11-26T02:00:00.000000Z"],
    "paused_at": None,
    "paused_reason": "",
    "last_triggered_at": "2026-11-23T02:00:00.482051Z",
    "last_run": {
        **run_brief,
        "trigger": "schedule",
        "schedule": SCHEDULE,
        "scheduled_for": "2026-11-23T02:00:00.000000Z",
    },
    "last_refusal": None,
    "refusal_count": 0,
    "fault": None,
    "checked_at": "2026-11-23T09:00:00.117204Z",
    "created_at": "2026-11-20T08:05:11.934410Z",
}
webhook_request: Final = {
    "url": "https://hooks.example.org/agentsite",
    "events": ["run.completed", "run.failed"],
    "description": "nightly import",
}
webhook: Final = {
    "id": WEBHOOK,
    **webhook_request,
    "state": "active",
    "disabled_reason": "",
    "failing_since": None,
    "created_at": "2026-11-20T08:10:02.550013Z",
    "deliveries_url": f"{API}/webhooks/{WEBHOOK}/deliveries",
}
delivery: Final = {
    "id": DELIVERY,
    "url": f"{API}/webhooks/{WEBHOOK}/deliveries/{DELIVERY}",
    "event": "run.completed",
    "run_id": RUN,
    "status": "delivered",
    "attempt_count": 1,
    "created_at": "2026-11-23T09:30:18.902771Z",
    "last_attempt_at": "2026-11-23T09:30:19.044120Z",
    "next_attempt_at": None,
    "delivered_at": "2026-11-23T09:30:19.187336Z",
    "response_status": 204,
    "response_excerpt": "",
    "error": "",
    "duration_ms": 143,
}

EXAMPLES: Final[dict[str, Any]] = {
    "DocumentBrief": document_brief,
    "DocumentShape": document,
    "RunBrief": run_brief,
    "RunShape": run,
    "RunStanding": {"verdict": "rejected", "verdict_with_waivers": "approved", "waivers": [waiver], "proposals": []},
    "TokenRequest": {"name": "nightly import", "scopes": ["runs:read", "runs:write"], "expires_days": 90},
    "TokenShape": token,
    "NewToken": {**token, "last_used_at": None, "secret": "agentsite_Qk0t…"},  # nosec B105
    "ScheduleRequest": schedule_request,
    "ScheduleChange": {name: value for name, value in schedule_request.items() if name != "agent"},
    "ScheduleBrief": schedule_brief,
    "ScheduleShape": {**schedule_brief, "input": run_request["input"]},
    "WebhookRequest": webhook_request,
    "WebhookChange": {**webhook_request, "events": ["run.failed"], "is_active": True},
    "WebhookShape": webhook,
    "NewWebhook": {**webhook, "secret": "whsec_…"},  # nosec B105
    "DeliveryShape": delivery,
    "DeliveryWhole": {
        **delivery,
        "payload": {
            "type": "run.completed",
            "timestamp": "2026-11-23T09:30:18.902771Z",
            "data": {"run": run_brief},
        },
    },
}
"""By the name of the schema."""


def illustrate(schema: dict[str, Any]) -> None:
    """Put the examples where readers and their tools look for them."""
    schemas = schema["components"]["schemas"]
    for name, example in EXAMPLES.items():
        schemas[name]["examples"] = [example]
    trigger = schema["paths"]["/api/v1/runs"]["post"]["requestBody"]["content"]
    trigger["application/json"]["example"] = run_request

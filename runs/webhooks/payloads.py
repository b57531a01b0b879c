"""What a receiver is told: the event, when it was, and the run as it was then.

The run has the shape it has in the API's lists: neither its input nor its output leaves
the site unasked; the links lead to both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import Model

from runs.models import AgentRun, Document, WebhookDelivery, WebhookEvent
from runs.schemas import RunBrief
from runs.schemas.base import iso

M = TypeVar("M", bound=Model)


class PublicSite:
    """The site as somebody outside reaches it, where no request says how."""

    def build_absolute_uri(self, path: str) -> str:
        return f"{settings.PUBLIC_URL}{path}"


def body_of(delivery: WebhookDelivery) -> str:
    """The body that is sent, as JSON; the same however often it is."""
    told = {
        "type": delivery.event,
        "timestamp": iso(delivery.created_at),
        "data": _test(delivery) if delivery.event == WebhookEvent.TEST else {"run": _run(delivery.facts)},
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _test(delivery: WebhookDelivery) -> dict[str, str]:
    return {"webhook_id": str(delivery.webhook_id), "message": "If you can read this, your receiver works."}


def _run(facts: Mapping[str, Any]) -> dict[str, Any]:
    run = _made_of(AgentRun, facts["run"])
    if facts.get("document"):
        run.document = _made_of(Document, facts["document"])
    shape = RunBrief.model_validate(run, context={"request": PublicSite()})
    return shape.model_dump(mode="json")


def _made_of(model: type[M], row: Mapping[str, Any]) -> M:
    """An object of a row as it once was. Columns that are gone are left out, new ones have their defaults."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    return model(**{name: fields[name].to_python(value) for name, value in row.items() if name in fields})

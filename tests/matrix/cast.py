"""The people of the matrix, what the owner has, and everybody's way of asking for it."""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from runs import lifecycle, policies, schedules, uploads
from runs.errors import LeaseLost
from runs.lifecycle import Line
from runs.models import (
    AgentRun,
    ApiToken,
    BrowserSession,
    Identity,
    SavedInput,
    SavedView,
    Schedule,
    Scope,
    Team,
    User,
    Waiver,
    Webhook,
    WebhookDelivery,
)
from runs.webhooks.sealing import seal
from tests import acting
from tests.admin.staging import POLICY
from tests.agents.recording import RecordingContext, document_file
from tests.documents.making import lines, pdf
from tests.matrix.routes import Row

SECRET: Final = "ZWETSCHGE-2031"
"""Stands in the owner's document, input, output and log, and nowhere else."""
NAME: Final = "quittenbrot"
"""Is in the names of what the owner has, and nowhere else."""
PEOPLE: Final = ("owner", "mate", "leaver", "fellow", "stranger", "operator")
CHANGING: Final = (
    AgentRun,
    ApiToken,
    BrowserSession,
    Identity,
    SavedInput,
    SavedView,
    Webhook,
    WebhookDelivery,
    Schedule,
)


@dataclass(frozen=True)
class Possessions:
    """What the owner has, by the names that routes and rows have for it."""

    ids: dict[str, Any]

    def unknown(self) -> Possessions:
        """The same with ids that nothing has."""
        return Possessions({name: _another(value) for name, value in self.ids.items()})

    def url(self, route: str, names: list[str], query: str) -> str:
        """The address of a route, whose parameters have ``names``."""
        noun = "contract-basics" if "polic" in route else "document-extractor"
        fixed = {"name": noun, "version": 1, "field": "document", "number": 1}
        path = reverse(route, kwargs={name: fixed.get(name, self.ids.get(name)) for name in names})
        return f"{path}?{query.format(**self.ids)}" if query else path

    def body(self, row: Row) -> dict[str, Any]:
        """What a row sends, with the ids in their places."""
        filled: dict[str, Any] = _filled(row.body, self.ids)
        return filled


def _another(value: Any) -> Any:
    return uuid4() if isinstance(value, UUID) else value + 1000


def _filled(value: Any, ids: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(inner, ids) for name, inner in value.items()}
    return value.format(**ids) if isinstance(value, str) else value


def people() -> dict[str, User]:
    """The owner, the mate of a team and who has left it, the fellow of a group that is no team, and two others."""
    made = {name: User.objects.create_user(name, is_staff=name == "operator") for name in PEOPLE}
    team = Team.objects.create(group=Group.objects.create(name="Accounts"))
    team.group.user_set.add(made["owner"], made["mate"], made["leaver"])
    team.group.user_set.remove(made["leaver"])
    Group.objects.create(name="Berlin").user_set.add(made["owner"], made["fellow"])
    return made


def possessions(owner: User, operator: User, state: str, folder: Path) -> Possessions:
    """Something of everything, and a run in ``state``."""
    content = pdf(folder / "a.pdf", lines(f"Invoice number: {SECRET}", "Total due: EUR 120.50")).read_bytes()
    document = uploads.keep(SimpleUploadedFile(f"{NAME}.pdf", content, "application/pdf"), owner)
    other = _extracted(owner, document)
    run = _extracted(owner, document) if state == "completed" else _started(owner, document)
    if state == "running":
        lifecycle.progress(acting.attempt_of(run), lines=[Line(timezone.now(), "info", f"read {SECRET}")])
    if state == "partial":
        facts = {"name": document.name, "media_type": "application/pdf", "pages": 2, "sha256": document.sha256}
        parts = {"document": facts, "page 1": {"text": f"Invoice number: {SECRET}"}}
        lifecycle.keep(acting.attempt_of(run), parts, lifecycle.Tally(1, 2, "pages"))
        run = lifecycle.force_stop(run, by=owner)
    if state == "late":
        attempt = acting.attempt_of(run)
        lifecycle.force_stop(run, by=owner)
        with contextlib.suppress(LeaseLost):
            lifecycle.complete(attempt, "late", {"value": SECRET}, "one value")
    client = Client()
    client.force_login(owner)
    kept = SavedInput.objects.create(user=owner, agent="document-extractor", name=NAME, input={"find": [SECRET]})
    hook = Webhook.objects.create(
        user=owner,
        url=f"https://example.org/{NAME}",
        description=NAME,
        events=["run.failed"],
        sealed_secret=seal(SECRET),
    )
    policies.publish(POLICY, by=operator)
    wish = schedules.Wish(NAME, "document-extractor", {"document": str(document.pk)}, "0 9 * * *")
    ids = {
        "run_id": run.pk,
        "other_id": other.pk,
        "document_id": document.pk,
        "saved_id": kept.pk,
        "schedule_id": schedules.create(owner, wish).pk,
        "view_id": SavedView.objects.create(user=owner, name=NAME, query="agent=rehearsal").pk,
        "token_id": ApiToken.issue(owner, NAME)[0].pk,
        "reference": BrowserSession.objects.filter(user=owner).latest("started_at").reference,
        "webhook_id": hook.pk,
        "delivery_id": hook.deliveries.create(event="webhook.test", response_excerpt=SECRET).pk,
        "identity_id": Identity.objects.create(user=owner, issuer="https://id.example", subject=NAME).pk,
        "waiver_id": waived(run).pk,
        "user_id": owner.pk,
    }
    return Possessions(ids)


def waived(run: AgentRun) -> Waiver:
    """A waiver of ``run``, whatever its agent."""
    ends_at = timezone.now() + timedelta(days=1)
    told = {"policy": "a", "rule": "a", "title": SECRET, "clause": "0" * 64, "reason": SECRET}
    return Waiver.objects.create(run=run, expires_at=ends_at, **told)


def _started(owner: User, document: Any) -> AgentRun:
    run = lifecycle.trigger(owner, "document-extractor", {"document": str(document.pk)})
    acting.started(run)
    return acting.fresh(run)


def _extracted(owner: User, document: Any) -> AgentRun:
    """A run of the extractor that has really read the document."""
    from runs.agents.document_extractor import DocumentExtractor

    extractor = DocumentExtractor()
    run = lifecycle.trigger(owner, extractor.name, {"document": str(document.pk)})
    attempt = acting.started(run)
    lifecycle.progress(attempt, lines=[Line(timezone.now(), "info", f"read {SECRET}")])
    context = RecordingContext(document=document_file(Path(document.file.path)))
    output = extractor.run(context, extractor.Input()).output.model_dump(mode="json")
    assert SECRET in json.dumps(output)
    return lifecycle.complete(attempt, "extracted", output, "2 values")


def client_of(who: str, row: Row, cast: dict[str, User]) -> Client:
    """A browser with a session, or a script with a token, as the face has it."""
    name = who.partition(" ")[0]
    if row.face != "api" and name in PEOPLE:
        client = Client()
        client.force_login(cast[name])
        return client
    if who == "deactivated":
        client = Client()
        client.force_login(cast["owner"])
        User.objects.filter(pk=cast["owner"].pk).update(is_active=False)
        return client
    if who == "nobody":
        return Client()
    return Client(headers={"Authorization": f"Bearer {_secret(who, row, cast)}"})


def _secret(who: str, row: Row, cast: dict[str, User]) -> str:
    name = who.partition(" ")[0]
    user = cast[name if name in PEOPLE else "owner"]
    other = Scope.RUNS_WRITE if row.method == "GET" else Scope.RUNS_READ
    scopes = {
        "wrong scope": [other],
        "operator without power": [Scope.RUNS_READ, Scope.RUNS_WRITE],
    }
    token, secret = ApiToken.issue(user, "a script", scopes=scopes.get(who, list(Scope)))
    # That it has just been used need not be noted again.
    ApiToken.objects.filter(pk=token.pk).update(last_used_at=timezone.now())
    past = timezone.now() - timedelta(seconds=1)
    match who:
        case "expired token":
            ApiToken.objects.filter(pk=token.pk).update(expires_at=past)
        case "revoked token":
            ApiToken.objects.filter(pk=token.pk).update(revoked_at=past)
        case "deactivated's token":
            User.objects.filter(pk=user.pk).update(is_active=False)
    return secret


@dataclass(frozen=True)
class Answered:
    """An answer as somebody could tell it from another: ids, secrets of forms and times are taken out of it."""

    status: int | str
    headers: tuple[tuple[str, str], ...]
    body: str
    statements: tuple[str, ...]
    raw: str


def ask(client: Client, row: Row, url: str, body: dict[str, Any]) -> Answered:
    """Send the request and read the whole answer."""
    with CaptureQueriesContext(connection) as asked:
        if row.face == "api" or row.method == "GET":
            sent = json.dumps(body).encode() if body else b""
            response = client.generic(row.method, url, sent, "application/json")
        else:
            response = client.post(url, body)
        streamed = getattr(response, "streaming_content", None)
        content = b"".join(streamed) if streamed is not None else response.content
    location = response.headers.get("Location", "")
    to_sign_in = response.status_code == 302 and location.startswith((reverse("login"), reverse("admin:login")))
    headers = sorted((name, _bare(value)) for name, value in response.headers.items() if name not in PASSING)
    raw = content.decode("utf-8", "replace")
    return Answered(
        "sign in" if to_sign_in else response.status_code,
        tuple(headers),
        _bare(raw),
        tuple(_bare(each["sql"]) for each in asked.captured_queries),
        raw,
    )


PASSING: Final = ("Content-Length", "X-Request-ID", "ETag", "Date", "Content-Security-Policy")
IDS: Final = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}|\b[0-9a-f]{8}\b|\bs\d+_x\d+\b|\b\d+\b")
FORMS: Final = re.compile(r'csrfmiddlewaretoken" value="\w+"|X-CSRFToken": "\w+"|token=[^"&\s]+')


def _bare(text: str) -> str:
    return IDS.sub("ID", FORMS.sub("", text))

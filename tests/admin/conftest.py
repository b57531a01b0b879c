"""Somebody of each kind at the operators' pages, and something of each kind to look at.

Models are imported where they are used: pytest reads this file before Django is set up.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from django.db.models import Model
    from django.test import Client

    from runs.models import Document, User


@pytest.fixture
def attendant(db: None) -> User:
    """An operator who is no superuser and has no permission of Django's."""
    from runs.models import User

    return User.objects.create_user("attendant", password="attendant's password", is_staff=True)


@pytest.fixture
def as_operator(operator: User) -> Client:
    from tests.admin.staging import signed_in

    return signed_in(operator)


@pytest.fixture
def as_attendant(attendant: User) -> Client:
    from tests.admin.staging import signed_in

    return signed_in(attendant)


@pytest.fixture
def as_owner(owner: User) -> Client:
    from tests.admin.staging import signed_in

    return signed_in(owner)


@pytest.fixture
def document(owner: User) -> Document:
    from django.core.files.base import ContentFile

    from runs import uploads

    return uploads.keep(ContentFile(b"Invoice number 2026-17, total EUR 12.50", name="invoice.txt"), owner)


@pytest.fixture
def one_of_each(owner: User, operator: User, document: Document) -> dict[type[Model], Any]:
    """An object for every page there is."""
    from axes.models import AccessAttempt
    from django.contrib.auth.models import Group
    from django_q.models import OrmQ

    from runs import audit, policies, webhooks
    from runs.models import AgentEvent, AgentSettings, ApiToken, AuditEntry, Cluster, Drill, Identity, Webhook
    from runs.webhooks.sealing import seal
    from tests import acting
    from tests.admin.staging import HOOK, HOOK_SECRET, POLICY
    from tests.schedules.keeping import scheduled

    run = acting.pending(owner)
    hook = Webhook.objects.create(user=owner, url=HOOK, events=["run.failed"], sealed_secret=seal(HOOK_SECRET))
    token, _ = ApiToken.issue(owner, "nightly import")
    audit.record("token.issued", actor=operator, subject=token)
    objects = (
        run,
        run.events.get(),
        owner,
        document,
        policies.publish(POLICY, by=operator),
        token,
        AgentSettings.objects.create(agent="rehearsal"),
        AgentEvent.objects.create(agent="rehearsal", kind="paused", message="maintenance"),
        Cluster.objects.create(id=uuid.uuid4(), host="worker-1", pid=7, version="1", worker_count=2),
        Drill.objects.create(host="worker-1", version="1"),
        hook,
        webhooks.send_test(hook),
        OrmQ.objects.get(),
        scheduled(owner),
        AuditEntry.objects.order_by("-id")[0],
        Group.objects.create(name="A group"),
        Identity.objects.create(user=owner, issuer="https://id.example.org", subject="7"),
        AccessAttempt.objects.create(username="owner", ip_address="192.0.2.7", failures_since_start=5),
    )
    return {type(each): each for each in objects}

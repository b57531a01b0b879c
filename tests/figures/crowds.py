"""Many runs, and the pages that must not mind them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from io import StringIO
from urllib.parse import urlencode

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from runs.models import AgentRun, User
from runs.positions import Position
from tests import acting

BUSIEST = "crowd-00001"
MOST_QUERIES = 8
LARGE = ("runs_agentrun", "runs_runevent")


def seeded(runs: int, events: int, *, force: bool = False) -> None:
    call_command("seedmillion", runs=runs, events=events, force=force, stdout=StringIO())


def browsers() -> Iterator[tuple[str, Client]]:
    """An operator, who sees everything, and the user with the most runs."""
    operator = User.objects.create_user("operator", is_staff=True)
    for user in (operator, User.objects.get(username=BUSIEST)):
        client = Client()
        client.force_login(user)
        yield user.username, client


def team_mate() -> Client:
    """Somebody who shares a team with a few of the crowd: those with few runs, and not with those with many."""
    mate = User.objects.create_user("mate")
    quiet = User.objects.filter(username__startswith="crowd-").order_by("-username")[:20]
    acting.team(mate, *quiet)
    client = Client()
    client.force_login(mate)
    return client


def addresses_of_team() -> list[str]:
    """The list of a team's runs, narrowed in every way there is."""
    run = AgentRun.objects.filter(user__groups__team__isnull=False, document__isnull=False).first()
    assert run is not None
    narrowed = [
        {},
        {"status": "failed"},
        {"status": "active"},
        {"agent": "policy-checker"},
        {"agent": "policy-checker", "status": "cancelled"},
        {"period": "week"},
        {"document": str(run.document_id)},
        {"text": "Invoice"},
        {"text": "no such words"},
        {"text": str(run.pk)},
        {"trigger": "adoption"},
        {"user": run.user.username},
    ]
    lists = [f"{reverse('runs')}?{urlencode({'whose': 'team', **query})}" for query in narrowed]
    first = f"{Position(run.created_at, run.pk)}"
    update = urlencode({"whose": "team", "rows": str(run.pk), "first": first})
    older = urlencode({"whose": "team", "cursor": first})
    return [*lists, f"{reverse('runs')}?{older}", f"{reverse('runs_update')}?{update}"]


def addresses() -> list[str]:
    """Home, a run's page, and the list narrowed in every way there is."""
    run = AgentRun.objects.filter(user__username=BUSIEST, document__isnull=False).first()
    assert run is not None
    narrowed = [
        {},
        {"status": "failed"},
        {"status": "active"},
        {"agent": "policy-checker"},
        {"agent": "policy-checker", "status": "cancelled"},
        {"agent": "rehearsal", "status": "waiting"},
        {"period": "week"},
        {"since": "2020-01-01", "until": "2020-01-31"},
        {"document": str(run.document_id)},
        {"text": "Invoice"},
        {"text": "no such words"},
        {"text": str(run.pk)},
        {"trigger": "adoption"},
        {"user": BUSIEST, "status": "failed"},
    ]
    lists = [f"{reverse('runs')}?{urlencode(query)}" for query in narrowed]
    return [reverse("home"), reverse("run", args=[run.pk]), *lists]


def statements(client: Client, address: str) -> list[str]:
    """What a page asks of the database."""
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        response = client.get(address)
    assert response.status_code == 200, address
    return [str(query["sql"]) for query in queries.captured_queries]


def plan(statement: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}")
        return "\n".join(row[0] for row in cursor.fetchall())


def fastest_ms(client: Client, address: str, times: int = 20) -> float:
    """The least of some: what the page takes, without what else the machine does meanwhile."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        client.get(address)
        taken.append(time.perf_counter() - began)
    return min(taken) * 1000

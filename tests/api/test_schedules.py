"""``/api/v1/schedules``: what the pages can do with schedules, a script can."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client

from runs import schedules, tokens
from runs.models import Document, Schedule, Scope, User
from tests.schedules.keeping import BEFORE, NINE, scheduled

pytestmark = pytest.mark.django_db

URL = "/api/v1/schedules"
NIGHTLY = {"name": "Nightly", "agent": "rehearsal", "input": {"seconds": 0}, "cron": "0 9 * * mon-fri"}


@pytest.fixture
def client(owner: User) -> Client:
    return script(owner)


def script(user: User, *scopes: Scope) -> Client:
    _, secret = tokens.issue(user, "a test", scopes=scopes or (Scope.RUNS_READ, Scope.RUNS_WRITE))
    return Client(headers={"Authorization": f"Bearer {secret}"})


def send(client: Client, method: str, url: str, body: Any = None) -> HttpResponse:
    sent = b"" if body is None else json.dumps(body).encode()
    response: Any = client.generic(method, url, sent, "application/json")
    return response


def test_a_schedule_from_its_making_to_its_end(client: Client, owner: User) -> None:
    made = send(client, "POST", URL, {**NIGHTLY, "time_zone": "Europe/Berlin", "on_conflict": "replace"})
    assert made.status_code == 201
    shown = json.loads(made.content)
    assert made["Location"] == shown["url"]
    assert shown["words"] == "At 09:00 on Monday through Friday"
    assert (shown["cron"], shown["on_conflict"], shown["input"]) == ("0 9 * * MON-FRI", "replace", {"seconds": 0})
    assert (shown["fault"], shown["last_run"], shown["last_refusal"], shown["paused_at"]) == (None,) * 4
    assert shown["next_times"][0] == shown["next_run_at"]
    assert len({datetime.fromisoformat(at) for at in shown["next_times"]}) == 3

    changed = json.loads(send(client, "PATCH", shown["url"], {"cron": "30 7 * * *"}).content)
    assert (changed["cron"], changed["name"], changed["time_zone"]) == ("30 7 * * *", "Nightly", "Europe/Berlin")

    paused = json.loads(send(client, "POST", f"{shown['url']}/pause").content)
    assert (paused["next_run_at"], paused["next_times"]) == (None, [])
    assert json.loads(send(client, "POST", f"{shown['url']}/resume").content)["next_run_at"]

    run = send(client, "POST", f"{shown['url']}/run")
    assert run.status_code == 201
    assert json.loads(run.content)["schedule"] == shown["id"]
    again = send(client, "POST", f"{shown['url']}/run")
    assert again.status_code == 201, "it replaces the other"

    (listed,) = client.get(URL).json()["schedules"]
    assert listed["last_run"]["id"] == json.loads(again.content)["id"]
    assert "input" not in listed
    assert send(client, "DELETE", shown["url"]).status_code == 204
    assert client.get(shown["url"]).status_code == 404
    assert owner.runs.count() == 2


def test_runs_tell_for_which_time_they_are(client: Client, owner: User) -> None:
    schedule = scheduled(owner)
    schedules.fire(NINE)
    (run,) = client.get("/api/v1/runs", {"schedule": str(schedule.pk)}).json()["runs"]
    assert (run["trigger"], run["scheduled_for"]) == ("schedule", "2027-01-04T09:00:00.000000Z")
    assert client.get("/api/v1/runs", {"schedule": str(uuid4())}).json()["runs"] == []


def test_every_fault_is_said_with_its_place(client: Client) -> None:
    wrong = {**NIGHTLY, "cron": "0 25 * * *", "time_zone": "Berlin", "input": {"seconds": -1}}
    refused = send(client, "POST", URL, wrong)
    assert refused.status_code == 422
    problem = json.loads(refused.content)
    assert problem["code"] == "schedule_refused"
    assert [error["loc"] for error in problem["errors"]] == [
        ["body", "cron"],
        ["body", "time_zone"],
        ["body", "input", "seconds"],
    ]
    unknown = send(client, "POST", URL, {**NIGHTLY, "agent": "nobody"})
    assert (unknown.status_code, json.loads(unknown.content)["code"]) == (404, "unknown_agent")
    assert send(client, "POST", URL, {**NIGHTLY, "every": "day"}).status_code == 422
    assert not Schedule.objects.exists()


def test_a_refusal_is_told_to_programs_too(client: Client, owner: User) -> None:
    document = Document.objects.create(owner=owner, name="a.txt", sha256="a", size=1, media_type="text/plain")
    schedule = scheduled(owner, agent="document-extractor", input={"document": str(document.pk)})
    document.delete()
    schedules.fire(NINE)
    shown = client.get(f"{URL}/{schedule.pk}").json()
    sentence = "Its document has been deleted: choose another."
    assert (shown["fault"], shown["refusal_count"]) == (sentence, 1)
    assert shown["last_refusal"] == {
        "code": "invalid_input",
        "sentence": sentence,
        "at": "2027-01-04T09:00:00.000000Z",
    }


def test_scopes_and_strangers(owner: User, stranger: User) -> None:
    schedule = scheduled(owner, BEFORE)
    reader = script(owner, Scope.RUNS_READ)
    assert reader.get(f"{URL}/{schedule.pk}").status_code == 200
    assert send(reader, "DELETE", f"{URL}/{schedule.pk}").status_code == 403
    assert send(reader, "POST", URL, NIGHTLY).status_code == 403
    other = script(stranger)
    assert other.get(URL).json() == {"schedules": []}
    assert send(other, "POST", f"{URL}/{schedule.pk}/run").status_code == 404
    assert owner.runs.count() == 0

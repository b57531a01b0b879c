"""A process beside a site under test, in its environment and on its database.

It reads one request a line, ``{"act": …, "with": {…}}``, and answers each with a line of JSON. Starting Django
takes seconds, so the tests that share a site share its stagehand too. Whatever it changes in runs, it changes
through the verbs.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.db import transaction  # noqa: E402
from django.db.models.functions import Now  # noqa: E402
from django.template.loader import render_to_string  # noqa: E402
from django.test import RequestFactory  # noqa: E402
from django.utils import timezone  # noqa: E402

from runs import lifecycle  # noqa: E402
from runs.errors import WrongStatus  # noqa: E402
from runs.lifecycle import Line  # noqa: E402
from runs.models import AgentRun, Status, User  # noqa: E402
from tests import acting  # noqa: E402


def people(count: int, password: str) -> list[dict[str, Any]]:
    """Half of them ordinary users, half operators, each with the session of a browser that has signed in."""
    hashed = make_password(password)
    made = []
    for number in range(count):
        is_operator = number % 2 == 1
        name = f"{'operator' if is_operator else 'person'}-{secrets.token_hex(3)}"
        user = User(username=name, password=hashed, is_staff=is_operator, is_superuser=is_operator)
        made.append(user)
    User.objects.bulk_create(made)
    return [{"name": user.username, "is_operator": user.is_staff, "session": _session(user)} for user in made]


def _session(user: User) -> str:
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def end_runs(name: str) -> int:
    """Whatever the user has going ends now; how many that were."""
    by = User.objects.get(username=name)
    runs = AgentRun.objects.filter(user=by)
    count = 0
    # Whoever waits would be promoted.
    for run in [*runs.waiting(), *runs.active()]:
        with contextlib.suppress(WrongStatus):  # It has ended by itself meanwhile.
            lifecycle.force_stop(run, by=by)
            count += 1
    return count


def run(name: str, status: str) -> str:
    """A rehearsal of the user's in ``status``, and its id. It stays so: no worker takes it up, no rescue ends it."""
    user = User.objects.get(username=name)
    with transaction.atomic():
        if status == Status.WAITING:
            # Behind something that does not end by itself.
            acting.running(user)
        staged = acting.BRING_TO[status](user)
        unfinished = AgentRun.objects.filter(user=user)
        unfinished.filter(status=Status.RUNNING).update(lease_expires_at=Now() + timedelta(hours=1))
        unfinished.filter(status=Status.PENDING).update(due_at=Now() + timedelta(hours=1))
        return str(staged.pk)


def progress(run_id: str, percent: int, line: str = "") -> None:
    """What its worker would report of a running run."""
    staged = AgentRun.objects.get(pk=run_id)
    lines = [Line(timezone.now(), "info", line)] if line else []
    lifecycle.progress(acting.attempt_of(staged), percent=percent, lines=lines)


def complete(run_id: str, summary: str) -> None:
    """End a running run well."""
    staged = AgentRun.objects.get(pk=run_id)
    lifecycle.complete(acting.attempt_of(staged), "rehearsed", {"note": summary}, summary)


def start(run_id: str) -> float:
    """Start a pending run before any worker can; when that was committed, in seconds of the epoch."""
    with transaction.atomic():
        AgentRun.objects.filter(pk=run_id).update(due_at=Now())
        acting.started(AgentRun.objects.get(pk=run_id))
        AgentRun.objects.filter(pk=run_id).update(lease_expires_at=Now() + timedelta(hours=1))
    return time.time()


def hand_back(run_id: str) -> float:
    """Make a running run pending again, for no worker to take up; when that was committed."""
    with transaction.atomic():
        lifecycle.hand_back(acting.attempt_of(AgentRun.objects.get(pk=run_id)), "staged")
        AgentRun.objects.filter(pk=run_id).update(due_at=Now() + timedelta(hours=1))
    return time.time()


def status(run_id: str) -> str:
    return AgentRun.objects.values_list("status", flat=True).get(pk=run_id)


def page_of(template: str, name: str, **given: Any) -> str:
    """A page that takes an accident to see, as the user would see it."""
    request = RequestFactory().get("/")
    request.user = User.objects.get(username=name)
    request.resolver_match = None
    return render_to_string(template, given, request)


ACTS: dict[str, Callable[..., Any]] = {
    each.__name__: each for each in (people, end_runs, run, progress, complete, start, hand_back, status, page_of)
}


def main() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        sys.stdout.write(json.dumps(ACTS[request["act"]](**request["with"])) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

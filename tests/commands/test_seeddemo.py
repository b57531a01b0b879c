"""``seeddemo``: a site to look at."""

from __future__ import annotations

from django.utils import timezone
from django_q.models import OrmQ

from runs.management.commands.seeddemo import USERNAMES
from runs.models import AgentRun, Document, EventKind, RunEvent, Status, User
from tests import acting
from tests.commands.calling import call

MOST_RUNS = 30


def test_there_are_runs_in_every_status(db: None) -> None:
    said = call("seeddemo")
    assert said.code == 0, said.stderr
    assert set(AgentRun.objects.values_list("status", flat=True)) == set(Status.values)
    assert AgentRun.objects.count() <= MOST_RUNS
    assert Document.objects.count() >= 3
    assert set(User.objects.values_list("username", flat=True)) == set(USERNAMES)


def test_printed_passwords_open_accounts_without_power(db: None) -> None:
    said = call("seeddemo")
    lines = [line.split() for line in said.stdout.splitlines() if line.startswith("User ")]
    assert len(lines) == len(USERNAMES)
    for _, name, _, password in lines:
        user = User.objects.get(username=name.rstrip(","))
        assert user.check_password(password)
        assert not user.is_staff


def test_results_are_real_and_histories_hang_together(db: None) -> None:
    call("seeddemo")
    for run in AgentRun.objects.filter(agent="document-extractor", status=Status.COMPLETED):
        assert run.output["fields"]
        assert run.result == "extracted"
    for run in AgentRun.objects.finished():
        events = list(run.events.order_by("id"))
        assert events[0].kind == EventKind.TRIGGERED
        assert [event.at for event in events] == sorted(event.at for event in events)
        assert run.completed_at is not None
        assert run.created_at <= (run.started_at or run.created_at) <= run.completed_at < timezone.now()
    assert RunEvent.objects.filter(kind=EventKind.RETRIED).exists()


def test_only_runs_that_may_start_are_in_the_queue(db: None) -> None:
    call("seeddemo")
    assert OrmQ.objects.count() == AgentRun.objects.filter(status=Status.PENDING).count()


def test_seeding_twice_changes_nothing(db: None) -> None:
    call("seeddemo")
    before = set(AgentRun.objects.values_list("pk", "status"))
    said = call("seeddemo")
    assert said.code == 0
    assert "password" not in said.stdout
    assert set(AgentRun.objects.values_list("pk", "status")) == before
    assert User.objects.count() == len(USERNAMES)


def test_a_site_in_use_is_left_alone_unless_forced(owner: User) -> None:
    run = acting.pending(owner)
    said = call("seeddemo")
    assert said.code == 2
    assert AgentRun.objects.get() == run
    assert call("seeddemo", "--force").code == 0
    assert acting.fresh(run).status == Status.PENDING


def test_where_workers_listen_active_runs_are_left_to_them(listening: None) -> None:
    call("seeddemo")
    assert not AgentRun.objects.filter(status=Status.RUNNING).exists()
    assert AgentRun.objects.filter(status=Status.PENDING).count() == 2

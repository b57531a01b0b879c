"""``listruns``, ``cancelrun``, ``rescueruns`` and ``issuetoken``."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from runs.models import AgentRun, ApiToken, Status, User
from runs.models.user import TOKEN_PREFIX
from tests import acting
from tests.commands.calling import call

# --- listruns


def test_list_shows_everybodys_runs_in_words(owner: User, stranger: User) -> None:
    done, active = acting.completed(owner), acting.pending(stranger)
    said = call("listruns")
    assert said.code == 0
    for run, words in ((done, "did it"), (active, "pending")):
        line = next(line for line in said.stdout.splitlines() if str(run.pk)[:8] in line)
        assert words in line
        assert run.user.username in line


@pytest.mark.parametrize("status", Status.values)
def test_list_is_narrowed_by_status(owner: User, status: str) -> None:
    run = acting.BRING_TO[status](owner)
    found = call("listruns", "--status", status, "--json").json["runs"]
    assert [each["id"] for each in found] == [str(run.pk)]


def test_list_is_narrowed_by_user_agent_period_and_text(owner: User, stranger: User) -> None:
    run = acting.completed(owner)
    old = acting.completed(stranger)
    AgentRun.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=2))

    def found(*words: str) -> set[str]:
        return {each["id"] for each in call("listruns", "--json", *words).json["runs"]}

    assert found() == {str(run.pk), str(old.pk)}
    assert found("--user", "owner") == {str(run.pk)}
    assert found("--period", "day") == {str(run.pk)}
    assert found("--agent", "policy-checker") == set()
    assert found("--text", "did it") == {str(run.pk), str(old.pk)}
    assert found("--text", "elsewhere") == set()


def test_list_is_bounded_and_says_where_to_go_on(owner: User) -> None:
    runs = [acting.completed(owner) for _ in range(3)]
    first = call("listruns", "--limit", "2", "--json").json
    assert [each["id"] for each in first["runs"]] == [str(run.pk) for run in runs[:0:-1]]
    rest = call("listruns", "--limit", "2", "--json", "--cursor", first["next_cursor"]).json
    assert [each["id"] for each in rest["runs"]] == [str(runs[0].pk)]
    assert rest["next_cursor"] is None
    assert "--cursor" in call("listruns", "--limit", "2").stderr


def test_an_empty_list_says_so(db: None) -> None:
    said = call("listruns")
    assert (said.code, said.stdout) == (0, "")
    assert "No runs." in said.stderr


@pytest.mark.parametrize("words", [("--cursor", "nonsense"), ("--user", "nobody"), ("--text", "x" * 101)])
def test_a_filter_that_makes_no_sense_is_refused(db: None, words: tuple[str, ...]) -> None:
    said = call("listruns", *words)
    assert said.code == 2
    assert said.stderr


# --- cancelrun


def test_a_run_is_cancelled_by_the_beginning_of_its_id(owner: User, operator: User) -> None:
    run = acting.pending(owner)
    said = call("cancelrun", str(run.pk)[:6], "--reason", "maintenance")
    run = acting.fresh(run)
    assert said.code == 0
    assert "is cancelled" in said.stdout
    assert (run.status, run.ended_by, run.cancel_reason) == (Status.CANCELLED, operator, "maintenance")


def test_a_running_run_is_asked_to_stop_and_force_ends_it(owner: User, operator: User) -> None:
    run = acting.running(owner)
    assert "has been asked to stop" in call("cancelrun", run.pk).stdout
    assert acting.fresh(run).is_stopping
    assert "is cancelled" in call("cancelrun", run.pk, "--force").stdout
    assert acting.fresh(run).status == Status.CANCELLED


def test_who_cancels_can_be_said(owner: User, operator: User) -> None:
    run = acting.pending(owner)
    call("cancelrun", run.pk, "--by", "owner")
    assert acting.fresh(run).ended_by == owner


def test_a_run_that_has_ended_is_a_conflict(owner: User, operator: User) -> None:
    said = call("cancelrun", acting.completed(owner).pk)
    assert said.code == 4
    assert "it is completed" in said.stderr


def test_a_beginning_that_could_mean_two_runs_is_refused(owner: User, operator: User) -> None:
    runs = [acting.completed(owner) for _ in range(2)]
    for number, run in enumerate(runs):
        AgentRun.objects.filter(pk=run.pk).delete()
        run.pk = f"abcdef00-0000-4000-8000-00000000000{number}"
        run.save(force_insert=True)
    said = call("cancelrun", "abcdef")
    assert said.code == 2
    assert all(str(run.pk) in said.stderr for run in runs)
    assert call("cancelrun", "abcdef00-0000-4000-8000-000000000001").code == 4


@pytest.mark.parametrize(
    ("beginning", "sentence"),
    [("abcde", "too short"), ("fffffffff", "no run"), ("no-such-run", "no run"), ("%%%%%%%", "no run"), ("", "short")],
)
def test_a_beginning_that_means_nothing_is_refused(operator: User, beginning: str, sentence: str) -> None:
    said = call("cancelrun", beginning)
    assert said.code == 2
    assert sentence in said.stderr


# --- Who is meant


def test_one_of_several_superusers_is_never_guessed(operator: User, owner: User) -> None:
    User.objects.create_superuser("second")
    run = acting.pending(owner)
    said = call("cancelrun", run.pk)
    assert said.code == 2
    assert "operator, second" in said.stderr
    assert acting.fresh(run).is_active


def test_without_a_superuser_the_first_operator_is_meant(owner: User) -> None:
    first = User.objects.create_user("first", is_staff=True)
    User.objects.create_user("later", is_staff=True)
    run = acting.pending(owner)
    call("cancelrun", run.pk)
    assert acting.fresh(run).ended_by == first


def test_without_any_operator_the_way_to_make_one_is_said(owner: User) -> None:
    said = call("cancelrun", acting.pending(owner).pk)
    assert said.code == 2
    assert "createsuperuser" in said.stderr


# --- rescueruns


def test_rescue_says_what_it_touched(owner: User, stranger: User) -> None:
    lost, overdue = acting.running(owner), acting.pending(stranger)
    acting.lose_lease(lost)
    acting.overdue(overdue)
    said = call("rescueruns")
    assert said.code == 0
    assert "2 runs rescued." in said.stdout
    assert str(lost.pk)[:8] in said.stdout
    assert str(overdue.pk)[:8] in said.stdout
    assert acting.fresh(overdue).status == Status.FAILED


def test_rescue_leaves_healthy_runs_alone(owner: User, stranger: User) -> None:
    acting.running(owner)
    acting.pending(stranger)
    assert call("rescueruns").stdout.strip() == "No runs rescued."


# --- issuetoken


def test_the_secret_stands_alone_on_stdout(owner: User) -> None:
    said = call("issuetoken", "owner", "--name", "nightly import")
    secret = said.stdout.strip()
    token = ApiToken.objects.for_secret(secret)
    assert secret.startswith(TOKEN_PREFIX)
    assert token is not None
    assert (token.user, token.name, token.expires_at) == (owner, "nightly import", None)
    assert secret not in said.stderr
    assert "not shown again" in said.stderr


def test_a_token_can_expire(owner: User) -> None:
    secret = call("issuetoken", "owner", "--expires-days", "7").stdout.strip()
    token = ApiToken.objects.for_secret(secret)
    assert token is not None
    assert token.expires_at is not None
    assert timedelta(days=6) < token.expires_at - timezone.now() <= timedelta(days=7)


@pytest.mark.parametrize(
    "words", [("nobody",), ("owner", "--expires-days", "0"), ("owner", "--name", " "), ("owner", "--name", "x" * 101)]
)
def test_no_token_for_what_makes_no_sense(owner: User, words: tuple[str, ...]) -> None:
    said = call("issuetoken", *words)
    assert (said.code, said.stdout) == (2, "")
    assert not ApiToken.objects.exists()


def test_no_token_for_a_deactivated_user(owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert call("issuetoken", "owner").code == 2
    assert not ApiToken.objects.exists()

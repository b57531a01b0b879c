"""How often a user may ask for runs: counted exactly, told in a sentence, nothing lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from runs import lifecycle
from runs.access import Caller, user_acted_for
from runs.allowances import MINUTE, Allowance
from runs.errors import AlreadyRunning, InvalidInput, LeaseLost, QuotaUsedUp, RateLimited, SeatTaken
from runs.forms.passwords import AdminPasswordChangeForm, PasswordChangeForm
from runs.models import AgentRun, Trigger, User
from tests import acting
from tests.api.scripts import JSON, script_of
from tests.pages.conftest import signed_in
from tests.pages.reading import chosen, control, soup, text, upload

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def limited(user: User, *, a_minute: int = 0, a_day: int = 0) -> User:
    """``user``, held to these limits; 0 is none."""
    User.objects.filter(pk=user.pk).update(trigger_rate_limit=a_minute, daily_run_limit=a_day)
    user.refresh_from_db()
    return user


def counted(user: User) -> tuple[Any, ...]:
    return User.objects.values_list("rate_spent_until", "runs_counted_on", "runs_counted").get(pk=user.pk)


# --- The rate


def test_so_many_at_once_and_then_one_for_each_part_of_a_minute() -> None:
    user = User(trigger_rate_limit=6, daily_run_limit=0)
    for _ in range(6):
        user.rate_spent_until = Allowance.of(user, NOON).spend().spent_until

    with pytest.raises(RateLimited, match="faster than 6 a minute") as refusal:
        Allowance.of(user, NOON).spend()

    assert refusal.value.retry_after_seconds == 10
    assert refusal.value.sentence.endswith("possible in 10 seconds.")
    after = NOON + timedelta(seconds=refusal.value.retry_after_seconds)
    user.rate_spent_until = Allowance.of(user, after).spend().spent_until
    with pytest.raises(RateLimited):
        Allowance.of(user, after).spend()


def test_what_was_not_used_long_ago_is_not_saved_up() -> None:
    user = User(trigger_rate_limit=2, daily_run_limit=0, rate_spent_until=NOON - timedelta(days=3))
    for _ in range(2):
        user.rate_spent_until = Allowance.of(user, NOON).spend().spent_until

    assert user.rate_spent_until == NOON + MINUTE
    with pytest.raises(RateLimited):
        Allowance.of(user, NOON).spend()


def test_triggers_beyond_the_rate_are_refused_and_store_nothing(owner: User) -> None:
    limited(owner, a_minute=1)
    run = acting.pending(owner)
    before = counted(owner)

    with pytest.raises(RateLimited, match="faster than 1 a minute"):
        acting.pending(owner, on_conflict="wait")

    assert list(AgentRun.objects.all()) == [run]
    assert counted(owner) == before


# --- The quota


def test_the_day_ends_at_midnight_utc(settings: Any) -> None:
    settings.RUNS_PER_DAY = 3
    late = datetime(2026, 11, 24, 23, 59, 30, tzinfo=UTC)
    user = User(runs_counted_on=late.date(), runs_counted=3)

    with pytest.raises(QuotaUsedUp, match=r"All 3 runs of today are used up\..* 00:00 UTC, in 30 seconds") as refusal:
        Allowance.of(user, late).spend()

    tomorrow = Allowance.of(user, late + timedelta(seconds=refusal.value.retry_after_seconds or 0))
    assert tomorrow.left_today == 3
    assert tomorrow.spend().runs_today == 1


def test_the_quota_counts_reruns_schedules_and_what_waits(owner: User) -> None:
    limited(owner, a_day=3)
    run = acting.completed(owner)
    lifecycle.rerun(run, by=owner)
    lifecycle.trigger(owner, "rehearsal", {}, trigger=Trigger.SCHEDULE, on_conflict="wait")

    with pytest.raises(QuotaUsedUp):
        acting.pending(owner)

    assert counted(owner)[2] == 3


def test_an_operator_who_runs_again_spends_the_owners_quota(owner: User, operator: User) -> None:
    run = acting.completed(limited(owner, a_day=1))

    with pytest.raises(QuotaUsedUp):
        lifecycle.rerun(run, by=operator)

    assert counted(operator)[2] == 0


def test_what_is_refused_for_another_reason_does_not_count(owner: User) -> None:
    limited(owner, a_minute=3, a_day=3)
    acting.waiting(owner)
    before = counted(owner)

    with pytest.raises(AlreadyRunning):
        acting.pending(owner)
    with pytest.raises(SeatTaken):
        acting.pending(owner, on_conflict="wait")
    with pytest.raises(InvalidInput):
        lifecycle.trigger(owner, "rehearsal", {"act": "dance"})

    assert counted(owner) == before
    assert before[2] == 2


def test_an_adopted_result_costs_nothing(owner: User) -> None:
    run = acting.running(limited(owner, a_day=1))
    lifecycle.force_stop(run, by=owner)
    with pytest.raises(LeaseLost):
        lifecycle.complete(acting.attempt_of(run), "rehearsed", {"a": 1}, "did it")

    lifecycle.adopt(acting.fresh(run), by=owner, reason="It was good.")

    assert counted(owner)[2] == 1


@pytest.mark.parametrize(("own", "usual", "limit"), [(None, 5, 5), (2, 5, 2), (0, 5, None), (None, 0, None)])
def test_a_users_own_limit_comes_before_the_sites(
    settings: Any, own: int | None, usual: int, limit: int | None
) -> None:
    settings.TRIGGERS_PER_MINUTE = settings.RUNS_PER_DAY = usual
    allowance = Allowance.of(User(trigger_rate_limit=own, daily_run_limit=own), NOON)

    assert (allowance.runs_a_minute, allowance.runs_a_day, allowance.left_today) == (limit, limit, limit)


def test_being_counted_costs_no_statement(owner: User) -> None:
    with CaptureQueriesContext(connection) as queries:
        acting.pending(owner)

    # The pause, savepoint, lock wait, lock, standing, queue, run, event with count, release.
    assert len(queries) == 9, [query["sql"] for query in queries]


# --- At the faces


def test_the_api_answers_429_and_when_to_come_again(owner: User) -> None:
    acting.completed(limited(owner, a_day=1))
    refused = script_of(owner).post("/api/v1/runs", {"agent": "rehearsal", "input": {}})

    assert (refused.status_code, refused.json()["code"]) == (429, "quota_used_up")
    until_midnight = Allowance.of(owner, timezone.now()).day_ends_at - timezone.now()
    assert abs(int(refused["Retry-After"]) - until_midnight.total_seconds()) < 60


def test_the_original_api_says_it_in_its_own_words(owner: User) -> None:
    acting.completed(limited(owner, a_minute=1))
    refused = script_of(owner).post("/agents/run", {"agent_type": "document-extractor", "user_id": str(owner.pk)})

    assert refused.status_code == 429
    assert list(refused.json()) == ["detail"]
    assert refused.json()["detail"].startswith("Runs were asked for faster than 1 a minute.")
    assert 0 < int(refused["Retry-After"]) <= 60


def test_a_request_that_is_sent_again_spends_nothing_and_is_not_refused(owner: User) -> None:
    script = script_of(limited(owner, a_minute=1, a_day=1))
    body = b'{"agent": "rehearsal", "input": {"seconds": 0}}'

    def ask() -> Any:
        headers = {"Idempotency-Key": "import 7"}
        return script.client.generic("POST", "/api/v1/runs", body, JSON, headers=headers)

    first, again = ask(), ask()

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert counted(owner)[2] == 1


def test_me_tells_what_is_left(owner: User) -> None:
    acting.completed(limited(owner, a_day=5))
    allowance = script_of(owner).get("/api/v1/me").json()["allowance"]

    assert allowance["day_ends_at"].endswith("T00:00:00.000000Z")
    assert {**allowance, "day_ends_at": ""} == {
        "runs_a_minute": None,
        "runs_a_day": 5,
        "left_today": 4,
        "day_ends_at": "",
    }


def test_the_page_says_it_and_keeps_what_was_filled_in_and_uploaded(owner: User) -> None:
    acting.completed(limited(owner, a_day=1))
    page = signed_in(owner)
    sent = {"document": "", "document-file": upload(), "max_pages": "7"}
    refused = page.post("/agents/document-extractor/", sent)

    assert refused.status_code == 429
    assert "The one run of today is used up. The next is possible at 00:00 UTC" in text(refused)
    assert control(refused, "max_pages")["value"] == "7"
    assert chosen(refused, "document")
    assert "0 of 1 runs left" in text(page.get("/profile/"))


def test_an_operator_sets_limits_without_touching_what_is_counted(owner: User, operator: User) -> None:
    page = signed_in(operator)
    address = f"/admin/runs/user/{owner.pk}/change/"
    form = soup(page.get(address)).select_one("#user_form")
    assert form is not None
    sent = {
        str(field["name"]): str(field.get("value", "")) for field in form.select("input[name]:not([type=checkbox])")
    }
    acting.pending(owner)
    before = counted(owner)

    saved = page.post(address, {**sent, "is_active": "on", "trigger_rate_limit": "7", "daily_run_limit": "70"})

    assert saved.status_code == 302, saved.content
    owner.refresh_from_db()
    assert (owner.trigger_rate_limit, owner.daily_run_limit, owner.is_active) == (7, 70, True)
    assert counted(owner) == before


@pytest.mark.parametrize("form_class", [PasswordChangeForm, AdminPasswordChangeForm])
def test_a_new_password_does_not_touch_what_is_counted(owner: User, form_class: Any) -> None:
    stale = User.objects.get(pk=owner.pk)
    acting.pending(owner)
    before = counted(owner)
    new = "a password that nobody has had"
    old = {"old_password": "owner's password", "new_password1": new, "new_password2": new}
    form = form_class(stale, {**old, "password1": new, "password2": new, "usable_password": "true"})

    assert form.is_valid(), form.errors
    form.save()

    assert counted(owner) == before
    assert User.objects.get(pk=owner.pk).check_password(new)


def test_a_user_named_by_the_original_api_has_the_sites_limits(settings: Any, db: None) -> None:
    settings.RUNS_PER_DAY = 1
    user = user_acted_for(Caller(None), uuid4())
    acting.completed(user)

    with pytest.raises(QuotaUsedUp):
        acting.pending(user)

"""Schedules in the browser: made from a form, a run, a saved input; shown, changed, paused, run, deleted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from runs import pausing, schedules
from runs.models import AgentRun, Document, SavedInput, Schedule, User, Webhook
from tests import acting
from tests.pages.reading import chosen, control, soup, text, upload
from tests.schedules.keeping import scheduled

pytestmark = pytest.mark.django_db

LIST = reverse("schedules")
NEW = reverse("schedule_new", args=["rehearsal"])
EXTRACT = reverse("schedule_new", args=["document-extractor"])
FORM = {"name": "Nightly", "cron": "0 9 * * mon-fri", "time_zone": "Europe/Berlin", "on_conflict": "wait"}


def now_scheduled(owner: User, **changes: Any) -> Schedule:
    return scheduled(owner, now=None, **changes)  # type: ignore[arg-type]


def at(name: str, schedule: Schedule) -> str:
    return reverse(name, args=[schedule.pk])


def test_nothing_scheduled_yet_says_how_to_begin(page: Client) -> None:
    shown = page.get(LIST)
    assert "Nothing is scheduled" in text(shown)
    assert soup(shown).select_one(f'main a[href="{NEW}"]')


def test_what_stands_in_an_agents_form_is_taken_along(page: Client, owner: User) -> None:
    """With its upload, and without a complaint about fields that page has not."""
    button = soup(page.get(reverse("agent", args=["document-extractor"]))).select_one(f'[formaction="{EXTRACT}"]')
    assert button is not None
    assert "Run this every …" in button.get_text()

    shown = page.post(EXTRACT, {"document": "", "document-file": upload(name="lease.txt")})

    assert shown.status_code == 200
    assert not soup(shown).select(".complaints, [role=alert]")
    assert chosen(shown, "document") == str(Document.objects.get(name="lease.txt").pk)
    assert Schedule.objects.count() == 0


def test_a_schedule_is_made_and_shown(page: Client, owner: User) -> None:
    made = page.post(NEW, {**FORM, "seconds": "3"})
    schedule = owner.schedules.get()
    assert made["Location"] == at("schedule", schedule)
    assert (schedule.agent, schedule.input["seconds"], schedule.on_conflict) == ("rehearsal", "3", "wait")

    shown = page.get(at("schedule", schedule))
    assert "At 09:00 on Monday through Friday, by the clocks of Europe/Berlin." in text(shown)
    assert len(soup(shown).select("main time")) >= 4, "the next three times, and since when"
    assert "Wait in the seat until the other has ended" in text(shown)

    listed = text(page.get(LIST))
    assert "Nightly" in listed
    assert "At 09:00 on Monday through Friday" in listed
    assert "Never" in listed


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "", "Please give it a name."),
        ("name", "n" * 61, "at most 60 characters"),
        ("cron", "", "Please say when."),
        ("cron", "0 25 * * *", "The hour must be 0 to 23."),
        ("cron", "every day", "Please give five fields"),
        ("time_zone", "Berlin", "Please give a time zone by its name, as Europe/Berlin or UTC."),
        ("on_conflict", "panic", "Please choose one of reject, wait and replace."),
        ("seconds", "-1", "This must be at least 0."),
    ],
)
def test_bad_input_is_said_next_to_its_field_and_loses_nothing(
    page: Client, field: str, value: str, said: str
) -> None:
    sent = {**FORM, "seconds": "3", field: value}
    refused = page.post(NEW, sent)
    assert refused.status_code == 422
    assert "Nothing has been lost" in text(refused)
    place = control(refused, field).find_parent(class_="field")
    assert place is not None
    assert said in place.get_text(" ")
    link = soup(refused).select_one(".faults a")
    assert link is not None
    assert soup(refused).select_one(str(link["href"])), "the sentence leads to its field"
    for name in ("name", "cron", "time_zone", "seconds"):
        shown = control(refused, name)
        assert shown["value"] == sent[name]
        assert shown.has_attr("aria-invalid") == (name == field)
    assert Schedule.objects.count() == 0


def test_all_that_is_wrong_is_said_at_once(page: Client) -> None:
    refused = text(page.post(NEW, {"name": "", "cron": "x", "time_zone": "y", "on_conflict": "wait", "seconds": "-1"}))
    for said in ("Please give it a name", "five fields", "by its name", "at least 0"):
        assert said in refused


def test_an_interval_shorter_than_the_site_allows_is_refused(page: Client, settings: Any) -> None:
    settings.SCHEDULE_SHORTEST_SECONDS = 600
    refused = page.post(NEW, {**FORM, "cron": "*/5 * * * *"})
    assert "This is too often: at most every 10 minutes." in text(refused)
    assert page.post(NEW, {**FORM, "cron": "*/10 * * * *"}).status_code == 302


def test_a_user_has_fifty_at_most(page: Client, owner: User) -> None:
    one = now_scheduled(owner)
    Schedule.objects.bulk_create(
        Schedule(user=owner, name=f"{number}", agent="rehearsal", cron="0 9 * * *", next_run_at=one.next_run_at)
        for number in range(schedules.MOST - 1)
    )
    assert "You have 50 schedules: delete one first." in text(page.post(NEW, FORM))


def test_a_run_and_a_saved_input_are_taken_up(page: Client, owner: User) -> None:
    run = acting.completed(owner)
    AgentRun.objects.filter(pk=run.pk).update(input={"seconds": 7})
    saved = SavedInput.objects.create(user=owner, agent="rehearsal", name="Eight", input={"seconds": 8})
    for query, seconds in ((f"run={run.pk}", "7"), (f"saved={saved.pk}", "8")):
        assert control(page.get(f"{NEW}?{query}"), "seconds")["value"] == seconds
    assert soup(page.get(reverse("run", args=[run.pk]))).select_one(f'a[href="{NEW}?run={run.pk}"]')
    agents_page = soup(page.get(reverse("agent", args=["rehearsal"])))
    assert agents_page.select_one(f'a[href="{NEW}?saved={saved.pk}"]')


def test_the_last_time_zone_is_offered_again(page: Client, owner: User) -> None:
    assert control(page.get(NEW), "time_zone").has_attr("data-own-time-zone")
    now_scheduled(owner, time_zone="Asia/Tokyo")
    offered = control(page.get(NEW), "time_zone")
    assert offered["value"] == "Asia/Tokyo"
    assert not offered.has_attr("data-own-time-zone")


def test_what_is_typed_is_said_in_words(page: Client) -> None:
    shown = page.get(reverse("schedule_times"), {"cron": "0 9 * * *", "time_zone": "Asia/Tokyo"})
    assert "At 09:00 every day , by the clocks of Asia/Tokyo. Next:" in text(shown)
    assert len(soup(shown).select("time")) == 3
    assert "five fields" in text(page.get(reverse("schedule_times"), {"cron": "0 9", "time_zone": "UTC"}))
    assert text(page.get(reverse("schedule_times"))) == ""


def test_a_schedule_is_changed(page: Client, owner: User) -> None:
    schedule = now_scheduled(owner)
    assert control(page.get(at("schedule_edit", schedule)), "cron")["value"] == "0 9 * * *"
    assert page.post(at("schedule_edit", schedule), {**FORM, "seconds": "-1"}).status_code == 422
    page.post(at("schedule_edit", schedule), {**FORM, "name": "Hourly", "cron": "0 * * * *", "seconds": "1"})
    schedule.refresh_from_db()
    assert (schedule.name, schedule.cron, schedule.input["seconds"]) == ("Hourly", "0 * * * *", "1")
    assert schedule.next_run_at is not None
    assert schedule.next_run_at.minute == 0


def test_pausing_resuming_and_deleting(page: Client, owner: User) -> None:
    schedule = now_scheduled(owner)
    page.post(at("schedule_pause", schedule))
    assert "by owner" in text(page.get(at("schedule", schedule)))
    assert "Paused" in text(page.get(LIST))
    page.post(at("schedule_resume", schedule))
    assert Schedule.objects.get().next_run_at is not None

    said = page.post(at("schedule_delete", schedule), follow=True)

    assert "The schedule “Nightly” is deleted" in text(said)
    assert not Schedule.objects.exists()


def test_running_it_now_leads_to_the_run_and_a_conflict_to_what_is_in_the_way(page: Client, owner: User) -> None:
    schedule = now_scheduled(owner)
    started = page.post(at("schedule_run", schedule))
    run = schedule.runs.get()
    assert started["Location"] == reverse("run", args=[run.pk])
    assert (run.trigger, run.scheduled_for) == ("dashboard", None)
    assert soup(page.get(started["Location"])).select_one("#run-schedule")

    refused = page.post(at("schedule_run", schedule))

    assert refused.status_code == 409
    assert soup(refused).select_one(f'[role=alert] a[href="{started["Location"]}"]')
    assert [row["id"] for row in soup(refused).select(".runs-table tbody tr")] == [f"run-{run.pk}"]
    listed = soup(page.get(reverse("runs"), {"schedule": str(schedule.pk)}))
    assert [row["id"] for row in listed.select(".runs-table tbody tr")] == [f"run-{run.pk}"]


def test_what_was_refused_is_said_on_the_list_and_the_page(page: Client, owner: User) -> None:
    schedule = now_scheduled(owner)
    acting.running(owner)
    Schedule.objects.update(next_run_at=Now())
    schedules.fire()
    for url in (LIST, at("schedule", schedule)):
        assert "Your run of Rehearsal was active." in text(page.get(url))


def test_a_schedule_that_could_not_run_says_so_at_once(page: Client, owner: User, operator: User) -> None:
    schedule = now_scheduled(owner)
    pausing.pause("rehearsal", by=operator, reason="Back at noon")
    assert "A run would be refused today. Rehearsal is paused: Back at noon" in text(
        page.get(at("schedule", schedule))
    )
    Schedule.objects.update(agent="retired")
    assert "There is no agent named 'retired'." in text(page.get(at("schedule", schedule)))
    assert "Would be refused" in text(page.get(LIST))


def test_home_says_which_schedules_need_their_owner(page: Client, owner: User, strangers_page: Client) -> None:
    schedule = now_scheduled(owner)
    assert "Nightly" not in text(page.get(reverse("home")))
    Schedule.objects.update(fault="There is no agent named 'retired'.")
    assert soup(page.get(reverse("home"))).select_one(f'main a[href="{at("schedule", schedule)}"]')
    assert "Nightly" not in text(strangers_page.get(reverse("home")))


def test_home_names_schedules_and_webhooks_within_its_budget(
    page: Client, owner: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    now_scheduled(owner)
    Schedule.objects.update(fault="There is no agent named 'retired'.")
    for number in range(2):
        Webhook.objects.create(user=owner, url=f"https://{number}.example.org/in", events=[], is_active=False)
    Webhook.objects.update(disabled_reason="Gone.")
    acting.running(owner)
    acting.waiting(owner)

    with django_assert_max_num_queries(8):
        shown = page.get(reverse("home"))

    assert "No runs will come of Nightly until you look at it." in text(shown)
    assert "by the webhooks 0.example.org , 1.example.org until you look at them." in text(shown)


def test_a_schedule_of_somebody_else_is_not_there(strangers_page: Client, operators_page: Client, owner: User) -> None:
    schedule = now_scheduled(owner)
    for browser in (strangers_page, operators_page):
        assert browser.get(at("schedule", schedule)).status_code == 404
        assert "Nightly" not in text(browser.get(LIST))
    assert Schedule.objects.get().paused_at is None


def test_an_operators_pause_is_the_operators_to_end(page: Client, owner: User, operator: User) -> None:
    schedule = now_scheduled(owner)
    schedules.pause(schedule, by=operator, reason="It floods the queue.")
    refused = page.post(at("schedule_resume", schedule))
    assert refused.status_code == 403
    assert "only they can resume it" in text(refused)
    assert "It floods the queue." in text(page.get(at("schedule", schedule)))
    assert schedules.resume(schedule, by=operator).next_run_at is not None


def test_pages_cost_the_same_however_many_schedules_there_are(
    page: Client, owner: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        made = now_scheduled(owner, name=f"Number {number}")
        Schedule.objects.filter(pk=made.pk).update(last_triggered_at=Now() - timedelta(hours=number))
    for url in (LIST, at("schedule", made)):
        with django_assert_max_num_queries(8):
            page.get(url)

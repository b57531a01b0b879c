"""The pages in the system's Chromium: live updates, dropping a file, small screens, and without JavaScript."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from runs import lifecycle
from runs.lifecycle import Line
from runs.models import AgentRun, Document, User
from tests import acting

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complains about: broken scripts, refused styles."""
    return []


def opened(browser: Browser, server: LiveServer, complaints: list[str], **options: Any) -> Page:
    page = browser.new_context(base_url=server.url, **options).new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    # Beside this server nobody serves event streams: the page asks instead, and the browser notes why.
    noted = "Failed to load resource: net::ERR_CONNECTION_REFUSED"
    is_complaint = lambda message: message.type == "error" and message.text != noted  # noqa: E731
    page.on("console", lambda message: complaints.append(message.text) if is_complaint(message) else None)
    page.goto(reverse("login"))
    page.get_by_label("Username").fill("owner")
    page.get_by_label("Password").fill("owner's password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="What you can run")).to_be_visible()
    return page


def test_a_run_is_watched_to_its_end_without_a_reload(
    browser: Browser, live_server: LiveServer, owner: User, complaints: list[str]
) -> None:
    run = acting.running(owner)
    page = opened(browser, live_server, complaints)
    page.goto(reverse("run", args=[run.pk]))
    page.evaluate("window.neverReloaded = true")
    page.get_by_text("Cancel …").click()
    page.get_by_label("Reason").fill("half a rea")
    attempt = acting.attempt_of(run)
    lifecycle.progress(attempt, percent=40, lines=[Line(timezone.now(), "info", "a new line")])
    expect(page.get_by_role("log")).to_contain_text("a new line")
    expect(page.locator("#_run_status")).to_contain_text("40 %")
    # What is being typed survives the updates.
    expect(page.get_by_label("Reason")).to_have_value("half a rea")
    expect(page.get_by_label("Reason")).to_be_focused()
    lifecycle.complete(attempt, "rehearsed", {"note": "All went well."}, "done")
    expect(page.locator("#_run_result")).to_contain_text("All went well.")
    expect(page.locator("#announcer")).to_have_text("Rehearsal finished: completed.")
    page.get_by_role("link", name="Log", exact=True).click()
    expect(page.get_by_role("log").get_by_text("a new line")).to_have_count(1)
    expect(page.get_by_role("button", name="Run again")).to_be_visible()
    expect(page.locator("#_active_runs a")).to_have_count(0)
    assert page.evaluate("window.neverReloaded")
    assert "Completed" in page.title()
    assert complaints == []


def test_a_file_is_dropped_and_run_on(
    browser: Browser, live_server: LiveServer, owner: User, complaints: list[str]
) -> None:
    page = opened(browser, live_server, complaints)
    page.goto(reverse("agent", args=["document-extractor"]))
    transfer = page.evaluate_handle(
        "() => { const t = new DataTransfer(); t.items.add(new File(['Invoice 4711'], 'dropped.txt')); return t }"
    )
    page.dispatch_event("[data-drop-zone]", "drop", {"dataTransfer": transfer})
    expect(page.locator("[data-drop-choice] option:checked")).to_contain_text("dropped.txt")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("#_run_facts")).to_contain_text("dropped.txt")
    assert Document.objects.get(owner=owner).name == "dropped.txt"
    assert complaints == []


def test_everything_works_without_javascript(
    browser: Browser, live_server: LiveServer, owner: User, complaints: list[str]
) -> None:
    page = opened(browser, live_server, complaints, java_script_enabled=False)
    page.get_by_role("main").get_by_role("link", name="Document extractor").click()
    page.get_by_label("Upload a file").set_input_files(
        {"name": "plain.txt", "mimeType": "text/plain", "buffer": b"Invoice 4711"}
    )
    page.get_by_role("button", name="Run", exact=True).click()
    run = AgentRun.objects.get()
    page.goto(reverse("agent", args=["rehearsal"]))
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("button", name="Start mine when it ends").click()
    expect(page.locator("#_run_status")).to_contain_text("Waiting for your run of the Document extractor to end")
    page.goto(reverse("run", args=[run.pk]))
    page.get_by_text("Cancel …").click()
    page.get_by_role("button", name="Cancel the run").click()
    expect(page.locator("#_run_status")).to_contain_text("Cancelled")
    page.get_by_text("owner", exact=True).first.click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_a_small_phone(
    browser: Browser, live_server: LiveServer, owner: User, complaints: list[str], scheme: Any
) -> None:
    done = acting.completed(owner)
    long_name = "W" * 200
    AgentRun.objects.filter(pk=done.pk).update(output={"note": long_name, "rows": [{long_name: 1}]}, summary=long_name)
    run = acting.running(owner)
    lifecycle.progress(acting.attempt_of(run), lines=[Line(timezone.now(), "step", long_name)])
    AgentRun.objects.filter(pk=run.pk).update(cancel_requested_at=timezone.now() - timedelta(minutes=1))
    viewport: Any = {"width": 360, "height": 740}
    page = opened(browser, live_server, complaints, viewport=viewport, color_scheme=scheme)
    urls = [reverse("home"), reverse("runs"), *(reverse("run", args=[each.pk]) for each in (done, run))]
    for url in [*urls, *(reverse("agent", args=[name]) for name in ("document-extractor", "rehearsal"))]:
        page.goto(url)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, url
    assert complaints == []

"""Every page in every state: no violation of WCAG 2.2 AA that axe-core can see, and nothing wider than a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.axe import WCAG, Scan, violations
from tests.browser.stage import Person, Stage
from tests.browser.watching import RUN_PAGE, Browse, rehearse, upload
from tests.sites import Site

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(180)]

TABS = ("result", "evidence", "log", "timeline", "input", "json")


@pytest.fixture
def scan() -> Iterator[Scan]:
    """Look at the page as it is now; the test fails at its end with everything that was found."""
    found: list[str] = []
    titles: dict[str, str] = {}

    def scan(page: Page, name: str, *tags: str) -> None:
        found.extend(violations(page, name, *tags))
        titles[name] = page.title()

    yield scan
    assert found == [], "\n".join(found)
    assert all(title.strip() for title in titles.values()), titles


def test_signing_in(browse: Browse, scan: Scan) -> None:
    page = browse()
    page.goto("/")
    scan(page, "sign-in")
    assert page.get_by_label("Username").get_attribute("autocomplete") == "username"
    assert page.get_by_label("Password", exact=True).get_attribute("autocomplete") == "current-password"

    page.get_by_label("Username").fill("nobody")
    page.get_by_label("Password", exact=True).fill("wrong")
    page.keyboard.press("Enter")

    expect(page.get_by_role("alert")).to_be_visible()
    scan(page, "sign-in-refused")


def test_a_newcomer(page: Page, scan: Scan) -> None:
    page.goto("/")
    scan(page, "home-empty")
    page.goto("/runs/")
    scan(page, "runs-empty")


def test_home_with_an_active_run_and_a_waiting_one(page: Page, stage: Stage, person: Person, scan: Scan) -> None:
    stage.run(person, "completed")
    stage.run(person, "failed")
    stage.run(person, "running")
    page.goto("/")
    scan(page, "home-active")
    stage.end_runs(person)
    stage.run(person, "waiting")
    page.goto("/")
    scan(page, "home-waiting")


@pytest.mark.parametrize("status", ["waiting", "pending", "running", "completed", "failed", "cancelled"])
def test_a_run_in_every_status(page: Page, stage: Stage, person: Person, scan: Scan, status: str) -> None:
    page.goto(stage.run(person, status))
    scan(page, f"run-{status}")


def test_every_tab_of_an_extraction(page: Page, scan: Scan, letter: Path) -> None:
    address = upload(page, letter)
    expect(page.get_by_text("Completed").first).to_be_visible(timeout=20_000)
    for tab in TABS:
        page.goto(f"{address}?tab={tab}")
        scan(page, f"run-extraction-{tab}")


def test_the_result_of_a_policy_check(page: Page, scan: Scan) -> None:
    page.goto("/agents/policy-checker/")
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url(RUN_PAGE)
    expect(page.get_by_text("Completed").first).to_be_visible(timeout=20_000)
    address = page.url
    for tab in ("result", "evidence"):
        page.goto(f"{address}?tab={tab}")
        scan(page, f"run-policy-{tab}")


def test_asking_for_a_run(page: Page, scan: Scan, tmp_path: Path, letter: Path) -> None:
    for agent in ("document-extractor", "policy-checker", "rehearsal"):
        page.goto(f"/agents/{agent}/")
        scan(page, f"agent-{agent}")
    page.goto("/agents/document-extractor/")
    page.locator("input[type=file]").set_input_files(letter)
    expect(page.locator(".preflight")).to_contain_text("plain text")
    scan(page, "agent-uploaded")
    empty = tmp_path / "empty.pdf"
    empty.touch()
    page.goto("/agents/document-extractor/")
    page.locator("input[type=file]").set_input_files(empty)
    expect(page.get_by_text("The file is empty.").first).to_be_visible()
    scan(page, "agent-bad-file")
    page.goto("/agents/document-extractor/")
    page.locator("input[type=file]").set_input_files(empty)
    expect(page.get_by_text("The file is empty.").first).to_be_visible()
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("alert").first).to_be_focused()
    scan(page, "agent-refused")
    page.goto("/agents/rehearsal/")
    page.get_by_role("button", name="Keep as draft").click()
    expect(page.get_by_text("Kept as a draft.")).to_be_visible()
    scan(page, "agent-draft")
    page.get_by_label("Name").fill("Often")
    page.keyboard.press("Enter")
    page.get_by_text("Rename or delete saved inputs").click()
    scan(page, "agent-saved")


def test_a_conflict(page: Page, scan: Scan) -> None:
    rehearse(page)
    page.goto("/agents/document-extractor/")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_text("You already have a run in progress")).to_be_visible()
    scan(page, "conflict")


def test_a_conflict_of_a_rerun(page: Page, stage: Stage, person: Person, scan: Scan) -> None:
    done = stage.run(person, "completed")
    stage.run(person, "running")
    page.goto(done)
    page.get_by_role("button", name="Run again").click()
    expect(page.get_by_text("You already have a run in progress")).to_be_visible()
    scan(page, "conflict-rerun")


def test_lists(page: Page, stage: Stage, person: Person, scan: Scan) -> None:
    for status in ("completed", "failed", "cancelled", "running"):
        stage.run(person, status)
    page.goto("/runs/")
    scan(page, "runs")
    page.goto("/runs/?text=nothing+is+called+so")
    scan(page, "runs-no-match")
    page.goto("/runs/?status=nonsense")
    scan(page, "runs-bad-filter")


def test_comparing(page: Page, scan: Scan, letter: Path, tmp_path: Path) -> None:
    again = tmp_path / "Invoice 8.txt"
    again.write_text(letter.read_text().replace("120.50", "121.00"))
    for document in (letter, again):
        upload(page, document)
        expect(page.locator("#_run_status")).to_contain_text("Completed", timeout=20_000)
    page.goto("/runs/")
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Compare two").click()
    expect(page.get_by_text("121.00").first).to_be_visible()
    scan(page, "compare")


def test_the_account(page: Page, person: Person, scan: Scan) -> None:
    page.goto("/password/")
    scan(page, "password")
    page.get_by_label("Old password").fill("wrong")
    for label in ("New password", re.compile("confirmation", re.IGNORECASE)):
        page.get_by_label(label, exact=isinstance(label, str)).fill("short")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("alert")).to_be_focused()
    scan(page, "password-refused")


def test_tokens(page: Page, scan: Scan) -> None:
    page.goto("/profile/")
    scan(page, "profile")
    page.get_by_label("Name").fill("nightly")
    page.get_by_role("button", name="Make the token").click()
    expect(page.get_by_text("it is not shown again")).to_be_visible()
    scan(page, "profile-new-token")


def test_webhooks(page: Page, site: Site, scan: Scan, complaints: list[str]) -> None:
    page.goto("/webhooks/")
    scan(page, "webhooks-empty")
    page.get_by_label("Address").fill("https://10.0.0.1/hook")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    scan(page, "webhooks-refused")
    complaints.clear()
    # It answers that nothing is there: as good a failure as any.
    page.get_by_label("Address").fill(f"http://127.0.0.1:{site.port}/nowhere?" + "x" * 200)
    page.get_by_label("Description").fill("nightly import")
    page.keyboard.press("Enter")
    expect(page.get_by_text("it is not shown again")).to_be_visible()
    scan(page, "webhook-made")
    page.get_by_role("button", name="Delete …").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    scan(page, "webhook-dialog")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Send a test event").click()
    # The page looks again by itself until there is an answer.
    expect(page.locator("#_deliveries").get_by_text("The receiver answered")).to_be_visible(timeout=20_000)
    scan(page, "webhook-failing")
    page.get_by_role("link", name="webhook.test").click()
    expect(page.get_by_role("heading", name="What was told")).to_be_visible()
    scan(page, "webhook-delivery")
    page.goto("/webhooks/")
    scan(page, "webhooks")


def test_schedules(page: Page, scan: Scan) -> None:
    page.goto("/schedules/")
    scan(page, "schedules-empty")
    page.goto("/agents/rehearsal/schedule/")
    scan(page, "schedule-new")
    page.get_by_label("Name").fill("Nightly rehearsal of what is to come")
    page.get_by_label("When").fill("99 * * * *")
    page.get_by_role("button", name="Schedule it").click()
    expect(page.get_by_role("alert")).to_be_focused()
    scan(page, "schedule-refused")
    page.get_by_label("When").fill("0 9 * * mon-fri")
    page.get_by_role("button", name="Schedule it").click()
    expect(page.get_by_text("is scheduled.")).to_be_visible()
    scan(page, "schedule")
    page.get_by_role("button", name="Delete …").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    scan(page, "schedule-dialog")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("None while it is paused")).to_be_visible()
    scan(page, "schedule-paused")
    page.get_by_role("link", name="Edit").click()
    scan(page, "schedule-edit")
    page.goto("/schedules/")
    scan(page, "schedules")


def test_policies(operators_page: Page, scan: Scan) -> None:
    page = operators_page
    page.goto("/policies/")
    scan(page, "policies")
    page.goto("/policies/invoice-acceptance/")
    scan(page, "policy")
    page.goto("/policies/contract-basics/edit/")
    text = page.get_by_label("Policy, in YAML or JSON")
    text.fill(
        text.input_value().replace("name: contract-basics", "name: scanned").replace("kind: require", "kind: x", 1)
    )
    expect(page.locator("#_policy_faults").get_by_role("link")).to_be_visible()
    scan(page, "policy-editor-faults")
    page.goto("/policies/contract-basics/edit/")  # What is looked at changes no more.
    page.get_by_role("button", name="Try it").click()
    expect(page.locator("#_policy_trial .finding").first).to_be_visible(timeout=20_000)
    scan(page, "policy-editor-tried")
    page.goto("/policies/contract-basics/changes/")
    scan(page, "policy-changes")


def test_the_description_of_the_api(page: Page, scan: Scan) -> None:
    page.goto("/")
    page.locator(".menu-end summary").click()
    page.get_by_role("link", name="The API").click()
    page.get_by_role("link", name="problems").click()
    expect(page.get_by_role("heading", name="What the API refuses")).to_be_visible()
    scan(page, "docs-problems")


def test_the_open_dialog_and_menus(page: Page, scan: Scan) -> None:
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    scan(page, "keyboard")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    scan(page, "menu-agents")


def answer_with(body: str, route: Route) -> None:
    # Its stream would be refused: what is answered here has no place on the network.
    route.fulfill(body=body.replace("data-stream=", "data-no-stream="), content_type="text/html")


def test_refusals(page: Page, stage: Stage, person: Person, scan: Scan) -> None:
    page.goto("/nothing/here/")
    scan(page, "error-404")
    page.goto("/status/")
    scan(page, "status-refused")
    for template in ("400", "403", "403_csrf", "409", "413", "429", "500", "503", "slow", "sign_in_locked"):
        body = stage.page_of(f"{template}.html", person)
        page.route("**/accident/", partial(answer_with, body))
        page.goto("/accident/")
        page.unroute("**/accident/")
        scan(page, f"error-{template}")


def test_operators_pages(operators_page: Page, stage: Stage, operator: Person, person: Person, scan: Scan) -> None:
    for status in ("completed", "failed", "running"):
        stage.run(person, status)
    for name, path in (
        ("home-operator", "/"),
        ("status", "/status/"),
        ("audit", "/audit/"),
        ("patterns", "/patterns/"),
        ("runs-operator", "/runs/"),
        ("agent-operator", "/agents/rehearsal/"),
        ("agent-pause", "/agents/rehearsal/pause/"),
        ("agent-history", "/agents/rehearsal/history/"),
    ):
        operators_page.goto(path)
        scan(operators_page, name)
    operators_page.goto(f"/runs/?user={person.name}")
    operators_page.get_by_text("Save this view").click()
    operators_page.get_by_label("Name").fill("theirs")
    operators_page.get_by_role("button", name="Save", exact=True).click()
    scan(operators_page, "runs-saved-view")
    operators_page.get_by_label("Which runs").select_option("matching")
    operators_page.get_by_role("button", name="Cancel …").click()
    scan(operators_page, "selection")


def test_admin(browse: Browse, operators_page: Page, stage: Stage, person: Person, scan: Scan) -> None:
    """Django's markup keeps WCAG; what else axe would like of it is Django's to do."""
    stage.run(person, "failed")
    for name, path in (
        ("admin", "/admin/"),
        ("admin-runs", "/admin/runs/agentrun/"),
        ("admin-agents", "/admin/runs/agentsettings/"),
    ):
        operators_page.goto(path)
        scan(operators_page, name, *WCAG)
    page = browse()
    page.goto("/admin/login/")
    scan(page, "admin-sign-in", *WCAG)

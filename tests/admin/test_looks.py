"""The operators' pages look like the site, in the reader's theme, and lead back to it."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.contrib.admin import site
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from runs import schedules, tokens
from runs.models import AgentRun, AgentSettings, ApiToken, Document, User
from tests.pages.reading import soup


def links(client: Client, chosen: Model) -> list[str]:
    name = f"admin:runs_{chosen._meta.model_name}_change"
    page = soup(client.get(reverse(name, args=[chosen.pk])))
    return [str(a["href"]) for a in page.select(".object-tools a")]


def test_an_objects_page_leads_to_where_the_site_shows_it(
    as_operator: Client, one_of_each: dict[type[Model], Any], owner: User
) -> None:
    run, document = one_of_each[AgentRun], one_of_each[Document]
    assert reverse("run", args=[run.pk]) in links(as_operator, run)
    assert reverse("document", args=[document.pk]) in links(as_operator, document)
    assert reverse("agent", args=["rehearsal"]) in links(as_operator, one_of_each[AgentSettings])
    runs_of_owner = f"{reverse('runs')}?user={owner.username}"
    assert runs_of_owner in links(as_operator, owner)
    assert as_operator.get(runs_of_owner).status_code == 200


def test_a_runs_page_leads_operators_to_its_page_in_the_admin(
    as_operator: Client, one_of_each: dict[type[Model], Any]
) -> None:
    run = one_of_each[AgentRun]
    header = soup(as_operator.get(reverse("run", args=[run.pk]))).select("#_header a")
    assert reverse("admin:runs_agentrun_change", args=[run.pk]) in {str(a["href"]) for a in header}


@pytest.mark.parametrize("state", ["usable", "revoked", "expired"])
def test_tokens_are_found_by_their_state(as_operator: Client, owner: User, state: str) -> None:
    kept, _ = tokens.issue(owner, "kept", scopes=tokens.USUAL)
    gone, _ = tokens.issue(owner, "gone", scopes=tokens.USUAL)
    late, _ = tokens.issue(owner, "late", scopes=tokens.USUAL)
    tokens.revoke(gone)
    ApiToken.objects.filter(pk=late.pk).update(expires_at=late.created_at)
    listed = soup(as_operator.get(reverse("admin:runs_apitoken_changelist"), {"state": state}))
    names = [cell.get_text() for cell in listed.select("#result_list .field-name")]
    assert names == [{"usable": kept, "revoked": gone, "expired": late}[state].name]


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_admin_follows_the_chosen_theme(
    browser: Browser, live_server: LiveServer, operator: User, theme: str
) -> None:
    against: Any = "light" if theme == "dark" else "dark"
    context = browser.new_context(base_url=live_server.url, color_scheme=against)
    context.add_cookies([{"name": "theme", "value": theme, "url": live_server.url}])
    complaints: list[str] = []
    page = context.new_page()
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{reverse('login')}?next={reverse('admin:index')}")
    page.get_by_label("Username").fill("operator")
    page.get_by_label("Password").fill("operator's password")
    page.keyboard.press("Enter")
    expect(page.locator("#site-name")).to_contain_text("AgentSite operations")
    lightness = "getComputedStyle(document.body).backgroundColor.match(/oklch\\(([\\d.]+)/)[1]"
    assert (float(page.evaluate(lightness)) < 0.5) == (theme == "dark")
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    # Until it is answered: the server's thread would else ask a database that is being taken down.
    with page.expect_response(lambda answer: answer.url.endswith(reverse("theme"))):
        page.get_by_role("button", name="Light" if theme == "dark" else "Dark").click()
    expect(page.locator("body")).not_to_have_css("background-color", before)
    context.close()
    assert complaints == []


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_no_page_of_the_admin_breaks_the_sites_policy(
    browser: Browser, live_server: LiveServer, operator: User, owner: User
) -> None:
    """Nothing inline, neither style nor script: the browser would refuse it, and say so."""
    context = browser.new_context(base_url=live_server.url)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(f"{page.url}: {said.text}") if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    page.goto(f"{reverse('login')}?next={reverse('admin:index')}")
    page.get_by_label("Username").fill("operator")
    page.get_by_label("Password").fill("operator's password")
    page.keyboard.press("Enter")
    expect(page.locator("#site-name")).to_contain_text("AgentSite operations")
    added = ["/admin/runs/user/add/", "/admin/auth/group/add/", "/admin/runs/apitoken/add/", "/admin/runs/policy/add/"]
    changed = [f"/admin/runs/user/{owner.pk}/{what}/" for what in ("change", "password", "history")]
    listed = [reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist") for model in site._registry]

    for address in ["/admin/", *listed, *added, *changed]:
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address

    assert complaints == []


WIDTH_OF_PLACEHOLDER = """input => {
  const pen = document.createElement("canvas").getContext("2d"), style = getComputedStyle(input);
  pen.font = style.font;
  return pen.measureText(input.placeholder).width <= input.clientWidth - 2 * parseFloat(style.paddingLeft);
}"""


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_what_operators_read_fits_a_laptop(
    browser: Browser, live_server: LiveServer, operator: User, owner: User
) -> None:
    wish = schedules.Wish("Nightly import of invoices", "document-extractor", {}, "15 3 * * 1-5", "Europe/Berlin")
    reason = "What it would be sent to is being moved to another machine. " * 3
    schedules.pause(schedules.create(owner, wish), by=operator, reason=reason)
    client = Client()
    client.force_login(operator)
    context = browser.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 900})
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    page = context.new_page()
    page.goto(reverse("admin:runs_schedule_changelist"))
    assert page.locator("#changelist-form .results").evaluate("list => list.scrollWidth <= list.clientWidth")
    page.goto(reverse("audit"))
    for field in page.locator("#_audit_filters input[placeholder]").all():
        assert field.evaluate(WIDTH_OF_PLACEHOLDER), field.get_attribute("placeholder")
    context.close()

"""Opening pages under watch: whatever the browser complains about is collected."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response

from tests.browser.stage import Person
from tests.sites import ROOT, Site

PICTURES = ROOT / "var" / "screenshots"
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
# What a page cannot be whole without.
PARTS = {"script", "stylesheet", "image", "font"}

Browse = Callable[..., Page]


def opened(
    browser: Browser, site: Site, complaints: list[str], person: Person | None, **options: Any
) -> BrowserContext:
    """A browser of ``person``'s, signed in unless it is nobody's; ``options`` are those of Playwright's contexts."""
    context = browser.new_context(base_url=site.url, **{"viewport": DESKTOP, **options})
    if person:
        context.add_cookies([{"name": "sessionid", "value": person.session, "url": site.url}])
    watch(context, complaints)
    return context


def watch(context: BrowserContext, complaints: list[str]) -> None:
    """Collect errors of scripts and of the console, breaches of the content policy, and missing parts of pages."""

    def said(message: ConsoleMessage) -> None:
        # A refusal that a test provokes is an answer of the site, and the browser's note of it no complaint.
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(f"{message.text} on {message.page.url if message.page else 'a page that is gone'}")

    def answered(response: Response) -> None:
        if response.status >= 400 and response.request.resource_type in PARTS:
            complaints.append(f"{response.status} for {response.url}")

    def unanswered(request: Request) -> None:
        # Whoever leaves a page stops what it still loads.
        if request.resource_type in PARTS and request.failure != "net::ERR_ABORTED":
            complaints.append(f"{request.failure} for {request.url}")

    context.on("weberror", lambda error: complaints.append(f"{error.error} on {error.page.url if error.page else ''}"))
    context.on("console", said)
    context.on("response", answered)
    context.on("requestfailed", unanswered)


def picture(page: Page, name: str) -> None:
    """Keep what the page looks like, to be looked at."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


def pictures(page: Page, name: str) -> None:
    """Keep what the page looks like on a desktop and on a phone, in the light and in the dark."""
    before = page.viewport_size
    for size, viewport in (("desktop", DESKTOP), ("phone", PHONE)):
        page.set_viewport_size(viewport)  # type: ignore[arg-type]
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            picture(page, f"{name}-{size}-{scheme}")
    page.emulate_media(color_scheme="light")
    if before:
        page.set_viewport_size(before)


RUN_PAGE = re.compile(r"/runs/[0-9a-f-]{36}/$")


def rehearse(page: Page, act: str = "succeed", seconds: int = 30) -> str:
    """Trigger a rehearsal on the page, and the address of its page."""
    page.goto("/agents/rehearsal/")
    page.get_by_label("Act", exact=True).select_option(act)
    page.get_by_label("Seconds").fill(str(seconds))
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url(RUN_PAGE)
    return page.url


def upload(page: Page, document: Path, agent: str = "document-extractor") -> str:
    """Trigger ``agent`` on a file, and the address of the run's page."""
    page.goto(f"/agents/{agent}/")
    page.locator("input[type=file]").set_input_files(document)
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url(RUN_PAGE)
    return page.url


def sign_in(page: Page, person: Person) -> None:
    """By the form, as people do."""
    page.get_by_label("Username").fill(person.name)
    page.get_by_label("Password", exact=True).fill(person.password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in/" not in url)

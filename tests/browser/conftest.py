"""A real browser on a real site: gunicorn, a cluster, a database of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.sites import ROOT, Site, sites

PICTURES = ROOT / "var" / "screenshots"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with sites(tmp_path_factory.mktemp("site")) as start:
        started = start(WORKERS="2")
        started.until_ready()
        yield started


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained about: errors of scripts, of the console and of the content policy."""
    return []


@pytest.fixture
def context(browser: Browser, site: Site, complaints: list[str]) -> Iterator[BrowserContext]:
    opened = browser.new_context(base_url=site.url, viewport={"width": 1280, "height": 900})
    opened.on("weberror", lambda error: complaints.append(str(error.error)))
    opened.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    yield opened
    opened.close()
    # A refusal that a test provokes is an answer of the site, and the browser's note of it no complaint.
    assert [said for said in complaints if "Failed to load resource" not in said] == []


@pytest.fixture
def page(context: BrowserContext, site: Site) -> Page:
    """A page of an ordinary user who has signed in."""
    opened = context.new_page()
    opened.goto("/")
    opened.get_by_label("Username").fill("user")
    opened.get_by_label("Password").fill(site.passwords["user"])
    opened.keyboard.press("Enter")
    opened.wait_for_url(f"{site.url}/")
    return opened


def picture(page: Page, name: str) -> None:
    """Keep what the page looks like, to be looked at."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    """A small document."""
    path = tmp_path / "Invoice 7.txt"
    path.write_text("Kestrel Ltd\nInvoice number: K-2031\nInvoice date: 3 May 2024\nTotal due: EUR 120.50\n")
    return path

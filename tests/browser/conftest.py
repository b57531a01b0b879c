"""A real browser on a real site: gunicorn for pages and for streams, a cluster, a database of their own.

All browser tests share one site; each has people of its own. A test asks for

- ``page``: a page of an ordinary user who has signed in, ``person``
- ``operators_page``: the same for an operator, ``operator``
- ``browse``: further pages, as ``browse(person, viewport=PHONE, java_script_enabled=False)``; or of nobody
- ``stage``: further people, runs in any status, and how a run stands in the database

and fails at its end if the browser complained about any page. ``watching`` has what tests do again and again.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.stage import Person, Stage, stages
from tests.browser.watching import Browse, opened
from tests.sites import Site, sites


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with sites(tmp_path_factory.mktemp("site")) as start:
        # Webhooks may call this machine: there is nothing else to call.
        started = start(WORKERS="3", WEBHOOK_ALLOWED_NETWORKS="127.0.0.0/8")
        started.until_ready()
        yield started


@pytest.fixture(scope="session")
def stage(site: Site) -> Iterator[Stage]:
    with stages(site) as stage:
        yield stage


@pytest.fixture
def person(stage: Stage) -> Iterator[Person]:
    """An ordinary user. Whatever they leave running ends with the test."""
    somebody = stage.somebody()
    yield somebody
    stage.end_runs(somebody)


@pytest.fixture
def operator(stage: Stage) -> Iterator[Person]:
    somebody = stage.somebody(is_operator=True)
    yield somebody
    stage.end_runs(somebody)


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained about. A test that provokes complaints clears them."""
    return []


@pytest.fixture
def browse(browser: Browser, site: Site, complaints: list[str]) -> Iterator[Browse]:
    contexts: list[BrowserContext] = []

    def browse(person: Person | None = None, **options: Any) -> Page:
        contexts.append(opened(browser, site, complaints, person, **options))
        return contexts[-1].new_page()

    yield browse
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(browse: Browse, person: Person) -> Page:
    """A page of an ordinary user who has signed in."""
    page = browse(person)
    page.goto("/")
    return page


@pytest.fixture
def operators_page(browse: Browse, operator: Person) -> Page:
    page = browse(operator)
    page.goto("/")
    return page


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    """A small document."""
    path = tmp_path / "Invoice 7.txt"
    path.write_text("Kestrel Ltd\nInvoice number: K-2031\nInvoice date: 3 May 2024\nTotal due: EUR 120.50\n")
    return path

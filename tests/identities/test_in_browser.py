"""Signing in at the provider and leaving it, in a real browser on a real site: policies of pages hold there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.watching import opened
from tests.identities.issuing import IssuerProcess
from tests.sites import Site, sites

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture
def site(issuer_process: IssuerProcess, tmp_path: Path) -> Iterator[Site]:
    issuer_process.told(begin_anew=True, asks=True)
    oidc = issuer_process.oidc
    with sites(tmp_path) as start:
        started = start(
            OIDC_ISSUER=oidc.issuer,
            OIDC_CLIENT_ID=oidc.client_id,
            OIDC_CLIENT_SECRET=oidc.client_secret,
            OIDC_LABEL=oidc.label,
        )
        started.until_ready()
        yield started


def test_there_and_back_and_out_again(browser: Browser, site: Site, issuer_process: IssuerProcess) -> None:
    complaints: list[str] = []
    context = opened(browser, site, complaints, None)
    page: Page = context.new_page()
    page.goto("/runs/?status=failed")
    page.get_by_role("link", name="Sign in with Example ID").click()
    expect(page).to_have_title("Example ID")
    page.get_by_role("button", name="Let me in").click()
    expect(page).to_have_url(f"{site.url}/runs/?status=failed")
    expect(page.locator("#_header")).to_contain_text("ada")

    page.locator("#_header details.menu summary").last.click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Signed out")).to_be_visible()
    page.get_by_role("link", name="Sign out of Example ID as well").click()
    expect(page).to_have_url(f"{site.url}/sign-in/")
    assert issuer_process.asked("/end") == 1
    page.goto("/runs/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()

    issuer_process.told(fault="wrong nonce")
    page.get_by_role("link", name="Sign in with Example ID").click()
    page.get_by_role("button", name="Let me in").click()
    expect(page.get_by_role("alert")).to_contain_text("could not be verified")
    context.close()
    assert complaints == []

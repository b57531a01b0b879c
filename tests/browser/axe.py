"""Holding pages against axe-core: its rules for WCAG 2.2 AA, and its good practices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, expect

from tests.browser.watching import DESKTOP, PHONE, picture

WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
RULES: dict[str, Any] = {
    "runOnly": [*WCAG, "best-practice"],
    "resultTypes": ["violations"],
    # Without a frame of ours on any page, looking for frames only costs time.
    "iframes": False,
}
CONTRAST: dict[str, Any] = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}

# As narrow as a desktop's window at 400 % (WCAG 1.4.10).
REFLOW = {"width": 320, "height": 700}

TOO_WIDE = """() => [...document.querySelectorAll("body *")]
  .filter((element) => element.checkVisibility() && element.getBoundingClientRect().right > innerWidth + 1)
  .map((element) => element.outerHTML.slice(0, 100))"""

SETTLED = """() => Promise.allSettled(
  document.getAnimations().filter((each) => each instanceof CSSTransition).map((each) => each.finished))"""

Scan = Callable[..., None]


def violations(page: Page, name: str, *tags: str) -> list[str]:
    """What axe finds on the page, on a desktop and on a phone, in the light and in the dark; pictures are kept.

    Each rule looks at both sizes. Contrast is looked at in both themes, and on the desktop
    only: there are no other colours on a phone. ``tags`` name the rules, instead of all.
    """
    chosen = {**RULES, "runOnly": list(tags)} if tags else RULES
    found: list[str] = []
    # What changes while axe looks would be told of its own traces, as a breach of the content policy.
    expect(page.locator(".htmx-request")).to_have_count(0)
    page.evaluate("addEventListener('htmx:beforeSwap', (event) => (event.detail.shouldSwap = false))")
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    before = page.viewport_size
    for size, viewport, scheme, rules in (
        ("desktop", DESKTOP, "light", chosen),
        ("desktop", DESKTOP, "dark", CONTRAST),
        ("phone", PHONE, "dark", chosen),
    ):
        page.set_viewport_size(viewport)  # type: ignore[arg-type]
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        # Django's pages glide from theme to theme; halfway there is no contrast to judge.
        page.evaluate(SETTLED)
        picture(page, f"{name}-{size}-{scheme}")
        for violation in page.evaluate("rules => axe.run(document, rules)", rules)["violations"]:
            for node in violation["nodes"]:
                where = f"{name} ({size}, {scheme}) {node['target']}: {node['html'][:200]}"
                found.append(f"{violation['id']}: {violation['help']}\n    {where}\n    {node['failureSummary']}")
    page.set_viewport_size(REFLOW)  # type: ignore[arg-type]
    if page.evaluate("document.documentElement.scrollWidth") > REFLOW["width"]:
        found.append(f"reflow: {name} scrolls sideways at {REFLOW['width']} px, for {page.evaluate(TOO_WIDE)}")
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    if before:
        page.set_viewport_size(before)
    return found

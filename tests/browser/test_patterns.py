"""The page of all components: complete, whole on a phone, legible in light and in dark."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from runs.templatetags.looks import FINDING_LOOKS, GROUNDING_LOOKS, STATE_LOOKS
from tests.browser.stage import Person
from tests.browser.watching import Browse, picture
from tests.sites import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Text on a ground, as anything on the pages stands on one; and what must be told from its ground without reading.
TEXT = [
    *((text, ground) for text in ("text", "text-muted", "accent") for ground in ("page", "surface", "surface-sunken")),
    *((tone, f"{tone}-soft") for tone in ("neutral", "info", "success", "warning", "danger")),
    *((tone, "surface") for tone in ("info", "success", "warning", "danger")),
    *(("text", f"{tone}-soft") for tone in ("info", "success", "warning", "danger")),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
]
SHAPES = [(line, ground) for line in ("control-line", "accent") for ground in ("page", "surface", "surface-sunken")]
SHAPES += [("warning-fill", "surface-sunken"), ("chart-fill", "surface")]

CONTRASTS = """pairs => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  function luminance(role) {
    const rule = document.querySelector(`.swatches rect[fill="var(--${role})"]`);
    if (!rule) throw new Error(`no swatch of ${role}`);
    canvas.fillStyle = getComputedStyle(rule).fill;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((v) => v / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }
  return pairs.map(([a, b]) => {
    const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  });
}"""


@pytest.fixture(
    params=[("light", 1280), ("dark", 1280), ("light", 360), ("dark", 360)], ids=lambda p: f"{p[0]}-{p[1]}"
)
def patterns(request: pytest.FixtureRequest, browse: Browse, operator: Person, site: Site) -> Iterator[Page]:
    """The page in a theme by choice, against the system's own, at a width."""
    theme, width = request.param
    system = "dark" if theme == "light" else "light"
    page = browse(operator, viewport={"width": width, "height": 800}, color_scheme=system)
    page.context.add_cookies([{"name": "theme", "value": theme, "url": site.url}])
    page.goto("/patterns/")
    expect(page.get_by_role("heading", name="Patterns")).to_be_visible()
    yield page
    picture(page, f"patterns-{theme}-{width}")


def test_every_component_is_whole_and_legible(patterns: Page) -> None:
    width = patterns.viewport_size["width"] if patterns.viewport_size else 0
    assert patterns.evaluate("document.documentElement.scrollWidth") <= width
    for pair, contrast in zip(TEXT, patterns.evaluate(CONTRASTS, TEXT), strict=True):
        assert contrast >= 4.5, f"{pair}: {contrast:.2f}"
    for pair, contrast in zip(SHAPES, patterns.evaluate(CONTRASTS, SHAPES), strict=True):
        assert contrast >= 3, f"{pair}: {contrast:.2f}"


def test_every_status_has_a_shape_a_word_and_a_colour(patterns: Page) -> None:
    for looks in (STATE_LOOKS, FINDING_LOOKS, GROUNDING_LOOKS):
        shapes = set()
        for state, (_, word) in looks.items():
            badge = patterns.locator(f'main .toolbar .badge[data-status="{state}"]').first
            expect(badge).to_have_text(word)
            shapes.add(badge.evaluate("badge => badge.firstElementChild.outerHTML"))
        # "rejected" and "fail" are the same thing said of all rules and of one.
        assert len(shapes) >= len(looks) - 1


def test_a_dialog_opens_closes_and_gives_the_focus_back(patterns: Page) -> None:
    opener = patterns.get_by_role("link", name="Open a dialog")
    opener.focus()
    patterns.keyboard.press("Enter")
    expect(patterns.get_by_role("dialog", name="Revoke the token?")).to_be_visible()
    patterns.keyboard.press("Escape")
    expect(patterns.get_by_role("dialog")).to_have_count(0)
    expect(opener).to_be_focused()


def test_less_motion_makes_the_ring_stand_still(patterns: Page) -> None:
    ring = patterns.locator(".spinner").first
    assert ring.evaluate("ring => getComputedStyle(ring).animationName") == "turn"
    patterns.emulate_media(reduced_motion="reduce")
    assert ring.evaluate("ring => getComputedStyle(ring).animationName") == "none"

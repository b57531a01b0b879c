"""Where what was found stands in the document: values and findings, page by page.

Read from an output that lists ``fields`` or ``findings`` in the shape of the bundled agents;
any other has no evidence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

from pydantic import ValidationError

from runs import pictures
from runs.agents.extraction.fields import Field
from runs.agents.policies.findings import Finding
from runs.documents import Page
from runs.documents.onlooker import places as places_on
from runs.errors import NotFound, PageNotShown, TooBusyToShow
from runs.models import AgentRun
from runs.pictures import Original, Sight

ZOOMS: Final = (100, 150, 200)
MOST_ITEMS: Final = 200
MOST_PAGES: Final = 40
MARGIN: Final = 1.5
"""Around a highlight, in points."""
LONGEST_TEXT: Final = 100_000

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the document shows an item: ``part`` is what matters of ``quote``."""

    page: int
    quote: str
    part: str
    boxes: Sequence[Box]


@dataclass(frozen=True, slots=True)
class Item:
    """A value or a finding, numbered from 1 in the output's order. ``mark`` is its grounding or its status."""

    number: int
    label: str
    value: str
    mark: str
    is_finding: bool
    places: Sequence[Place]

    @property
    def pages(self) -> list[int]:
        return sorted({place.page for place in self.places})


@dataclass(frozen=True, slots=True)
class Highlight:
    """An item's box on the picture of a page: left, top, width and height in points."""

    item: Item
    is_first: bool
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a page's text, and the items it shows. Those in ``begun`` begin here."""

    text: str
    items: Sequence[Item] = ()
    begun: Sequence[Item] = ()

    @property
    def item(self) -> Item | None:
        """The one it shows most closely."""
        return self.items[-1] if self.items else None

    @property
    def numbers(self) -> str:
        return " ".join(str(item.number) for item in reversed(self.items))

    @property
    def labels(self) -> str:
        return ", ".join(item.label for item in self.items)


def items_of(output: Any) -> list[Item]:
    """The values or findings of an output, in its order."""
    try:
        match output:
            case {"fields": list(fields)}:
                return [_value(number, Field.model_validate(field)) for number, field in enumerate(fields, 1)]
            case {"findings": list(findings)}:
                return [_finding(number, Finding.model_validate(found)) for number, found in enumerate(findings, 1)]
    except ValidationError:
        return []
    return []


def _value(number: int, field: Field) -> Item:
    value = f"{field.normalised} {field.currency or ''}".strip()
    return Item(
        number, field.label, value, field.grounding, False, [Place(field.page, field.quote, field.value, field.boxes)]
    )


def _finding(number: int, finding: Finding) -> Item:
    places = [Place(shown.page, shown.quote, "", shown.boxes) for shown in finding.evidence]
    return Item(number, finding.title, finding.explanation, finding.status, True, places)


class Evidence:
    """The evidence tab: one page of the document, what was found on it, and what is picked.

    ``query`` may name a ``page``, a ``finding`` by its number, and a ``zoom`` in percent.
    """

    def __init__(self, run: AgentRun, output: Any, query: Mapping[str, str], *, is_sample: bool) -> None:
        self.run = run
        self.output = output
        self.is_sample = is_sample
        self.items = items_of(output)
        self.picked = next((item for item in self.items if item.number == _number(query, "finding")), None)
        self.zoom = _number(query, "zoom") if _number(query, "zoom") in ZOOMS else ZOOMS[0]
        asked = _number(query, "page")
        self.page = min(asked, self.page_count) if asked else self._first_page()

    def _first_page(self) -> int:
        if self.picked and self.picked.places:
            return self.picked.pages[0]
        return min((page for item in self.items for page in item.pages), default=1)

    @cached_property
    def page_count(self) -> int:
        document = self.output.get("document") if isinstance(self.output, dict) else None
        pages = document.get("pages") if isinstance(document, dict) else None
        return pages if isinstance(pages, int) and pages > 0 else 1

    @cached_property
    def counts(self) -> list[tuple[int, int]]:
        """Pages that show something and how many items each, those around the present one."""
        counts = sorted(Counter(page for item in self.items for page in item.pages).items())
        before = sum(1 for page, _ in counts if page < self.page)
        start = max(min(before - MOST_PAGES // 2, len(counts) - MOST_PAGES), 0)
        return counts[start : start + MOST_PAGES]

    @property
    def zooms(self) -> Sequence[int]:
        return ZOOMS

    @property
    def previous(self) -> int:
        return self.page - 1

    @property
    def next(self) -> int:
        """The following page; 0 after the last."""
        return self.page + 1 if self.page < self.page_count else 0

    @cached_property
    def items_here(self) -> list[Item]:
        """What the present page shows, and a picked item that no page shows."""
        here = [item for item in self.items if self.page in item.pages]
        return [*here, *([self.picked] if self.picked and not self.picked.places else [])][:MOST_ITEMS]

    @property
    def left_out_count(self) -> int:
        return max(sum(1 for item in self.items if self.page in item.pages) - MOST_ITEMS, 0)

    # --- The document

    @cached_property
    def _places(self) -> list[tuple[Item, Place]]:
        return [(item, place) for item in self.items_here for place in item.places if place.page == self.page]

    @cached_property
    def _seen(self) -> tuple[Original | None, Sight | None, str]:
        """The document and its page as it is, or the sentence for why it can not be shown."""
        quotes = [(place.quote, place.part) for _, place in self._places]
        try:
            with pictures.original_of(self.run, is_sample=self.is_sample) as original:
                if self._sha256 not in ("", original.sha256):
                    raise NotFound("The document is no longer the one this run has read.")
                return original, pictures.look(original, self.page, quotes), ""
        except (NotFound, PageNotShown, TooBusyToShow) as refusal:
            return None, self._from_output(quotes), refusal.sentence

    @property
    def _sha256(self) -> str:
        document = self.output.get("document") if isinstance(self.output, dict) else None
        return str(document.get("sha256", "")) if isinstance(document, dict) else ""

    def _from_output(self, quotes: Sequence[tuple[str, str]]) -> Sight | None:
        """The page's text as the agent has kept it, without a layout."""
        kept = self.output.get("pages") if isinstance(self.output, dict) else None
        texts = [
            text
            for page in (kept if isinstance(kept, list) else [])
            if isinstance(page, dict) and page.get("number") == self.page and isinstance(text := page.get("text"), str)
        ]
        if not texts:
            return None
        page = Page(self.page, texts[0][:LONGEST_TEXT])
        found = {
            "pages": self.page_count,
            "width": 0,
            "height": 0,
            "text": page.text,
            "places": places_on(page, quotes),
        }
        return Sight.model_validate(found)

    @property
    def sight(self) -> Sight | None:
        return self._seen[1]

    @property
    def trouble(self) -> str:
        """Why the document can not be shown; empty when it is."""
        return self._seen[2]

    @property
    def has_picture(self) -> bool:
        original, sight, _ = self._seen
        return original is not None and pictures.can_be_drawn(original) and sight is not None and sight.width > 0

    @property
    def highlights(self) -> list[Highlight]:
        """The boxes on the page's picture: those of the output, else those found again."""
        assert self.sight is not None
        found: list[Highlight] = []
        for (item, place), again in zip(self._places, self.sight.places, strict=False):
            boxes = place.boxes or (again.boxes if again else ())
            for box in boxes:
                is_first = all(other.item is not item for other in found)
                found.append(_highlight(item, is_first, tuple(box)))
        return found

    @property
    def stretches(self) -> list[Stretch]:
        """The page's text, cut where items begin and end. Of those that overlap the shortest is on top."""
        if self.sight is None:
            return []
        text = self.sight.text[:LONGEST_TEXT]
        spans = [
            (again.start, min(again.end, len(text)), item)
            for (item, _), again in zip(self._places, self.sight.places, strict=False)
            if again is not None and again.start < len(text)
        ]
        cuts = sorted({0, len(text), *(place for start, end, _ in spans for place in (start, end))})
        begun: set[int] = set()
        stretches = []
        for start, end in pairwise(cuts):
            here = sorted((span for span in spans if span[0] <= start < span[1]), key=lambda span: span[0] - span[1])
            items = list({item.number: item for *_, item in here}.values())
            first = [item for item in items if item.number not in begun]
            begun.update(item.number for item in first)
            stretches.append(Stretch(text[start:end], items, first))
        return stretches


def _highlight(item: Item, is_first: bool, box: tuple[float, ...]) -> Highlight:
    left, top, right, bottom = box
    return Highlight(
        item, is_first, round(left - MARGIN, 2), round(top - MARGIN, 2),
        round(right - left + 2 * MARGIN, 2), round(bottom - top + 2 * MARGIN, 2),
    )  # fmt: skip


def _number(query: Mapping[str, str], name: str) -> int:
    """A whole number of the query; 0 for anything else."""
    given = query.get(name, "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 7 else 0

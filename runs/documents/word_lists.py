"""The numbers Word shows before paragraphs: they are counted on showing, and stand nowhere in the text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from runs.documents.word_package import is_on, qn, value

LEVELS: Final = 9
_MAX_STYLES: Final = 50
_ROMAN: Final = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
    (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Level:
    start: int = 1
    form: str = "decimal"
    text: str = "%1."
    is_legal: bool = False


@dataclass(frozen=True, slots=True)
class _List:
    abstract: str
    starts: dict[int, int] = field(default_factory=dict)


class Lists:
    """Counts a document's lists, paragraph by paragraph, in the order of the text."""

    def __init__(self, numbering: Iterable[Any], styles: Iterable[Any]) -> None:
        self._levels: dict[str, dict[int, _Level]] = {}
        self._lists: dict[str, _List] = {}
        self._counts: dict[str, dict[int, int]] = {}
        self._begun: set[tuple[str, int]] = set()
        for root in numbering:
            self._learn(root)
        self._of_style = {style: place for root in styles for style, place in _numbered_styles(root)}

    def label(self, paragraph: Any) -> str:
        """What stands before a paragraph: ``3.1``, ``(a)``, ``•``; empty where nothing does. Counts it."""
        known, level = self._place(paragraph)
        if known is None or not 0 <= level < LEVELS:
            return ""
        shape = self._levels.get(known[1].abstract, {}).get(level)
        if shape is None:
            return ""
        if shape.form == "bullet":
            return "•"
        counts = self._counts.setdefault(known[1].abstract, {})
        if (known[0], level) not in self._begun and level in known[1].starts:
            counts[level] = known[1].starts[level] - 1
        self._begun.add((known[0], level))
        counts[level] = counts.get(level, shape.start - 1) + 1
        for deeper in [other for other in counts if other > level]:
            del counts[deeper]
        return self._written(known[1].abstract, shape, counts)

    def _written(self, abstract: str, shape: _Level, counts: dict[int, int]) -> str:
        levels = self._levels[abstract]

        def number(found: re.Match[str]) -> str:
            level = int(found[1]) - 1
            own = levels.get(level, _Level())
            return _formed(counts.get(level, own.start), "decimal" if shape.is_legal else own.form)

        return re.sub(r"%([1-9])", number, shape.text).strip()

    def _place(self, paragraph: Any) -> tuple[tuple[str, _List] | None, int]:
        """The list of a paragraph, with its id, and the level in it."""
        properties = paragraph.find(qn("w:pPr"))
        if properties is None:
            return None, 0
        style = value(properties.find(qn("w:pStyle"))) or ""
        number, level = self._of_style.get(style, ("", 0))
        own = properties.find(qn("w:numPr"))
        if own is not None:
            number = value(own.find(qn("w:numId"))) or number
            level = _whole(value(own.find(qn("w:ilvl"))), level)
        known = self._lists.get(number)
        return ((number, known) if known else None), level

    def _learn(self, root: Any) -> None:
        for abstract in root.iterchildren(qn("w:abstractNum")):
            levels = {_whole(value(level, "ilvl"), 0): _level(level) for level in abstract.iterchildren(qn("w:lvl"))}
            self._levels[value(abstract, "abstractNumId") or ""] = levels
        for number in root.iterchildren(qn("w:num")):
            starts = {
                _whole(value(override, "ilvl"), 0): _whole(value(override.find(qn("w:startOverride"))), 1)
                for override in number.iterchildren(qn("w:lvlOverride"))
                if override.find(qn("w:startOverride")) is not None
            }
            known = value(number.find(qn("w:abstractNumId"))) or ""
            self._lists[value(number, "numId") or ""] = _List(known, starts)


def _level(element: Any) -> _Level:
    return _Level(
        start=_whole(value(element.find(qn("w:start"))), 1),
        form=value(element.find(qn("w:numFmt"))) or "decimal",
        text=(value(element.find(qn("w:lvlText"))) or "")[:40],
        is_legal=is_on(element.find(qn("w:isLgl"))),
    )


def _numbered_styles(root: Any) -> Iterable[tuple[str, tuple[str, int]]]:
    """Each style that numbers its paragraphs, by its own word or by that of the one it is based on."""
    styles = {value(style, "styleId") or "": style for style in root.iterchildren(qn("w:style"))}
    for name in styles:
        style, level = styles[name], None
        for _ in range(_MAX_STYLES):
            own = style.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
            if own is not None:
                level = level if level is not None else _level_of(own)
                number = value(own.find(qn("w:numId")))
                if number:
                    yield name, (number, level or 0)
                    break
            style = styles.get(value(style.find(qn("w:basedOn"))) or "")
            if style is None:
                break


def _level_of(own: Any) -> int | None:
    found = own.find(qn("w:ilvl"))
    return None if found is None else _whole(value(found), 0)


def _formed(number: int, form: str) -> str:
    match form:
        case "lowerLetter" | "upperLetter" if 0 < number <= 26 * LEVELS:
            letters = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
            return letters.upper() if form == "upperLetter" else letters
        case "lowerRoman" | "upperRoman" if 0 < number < 4000:
            written = ""
            for worth, letters in _ROMAN:
                written += letters * (number // worth)
                number %= worth
            return written.upper() if form == "upperRoman" else written
        case "decimalZero":
            return f"{number:02}"
        case "none" | "bullet":
            return ""
        case _:
            return str(number)


def _whole(text: str | None, otherwise: int) -> int:
    return int(text) if text and re.fullmatch(r"\d{1,6}", text) else otherwise

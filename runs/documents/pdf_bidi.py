"""Lines with Hebrew or Arabic in the order in which they are read.

A PDF knows where glyphs stand, not in which order they are read; pdfium's guess goes
wrong where numbers, brackets or Latin words stand among them. Here the glyphs of a line
are taken from left to right and turned by the rules of Unicode's bidirectional algorithm
(UAX 9), as far as one line has levels: letters, numbers within, neutral characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from runs.documents.characters import clean
from runs.documents.layout import Strip
from runs.documents.pages import Box, around

RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_SPACE, _LEAST_SPACE = 0.24, 0.14
"""Gaps that part words, in heights of letters; the smaller one where pdfium sees two words, too."""
_OPENING, _CLOSING = "([{", ")]}"
_MIRRORED: dict[int, str] = {
    ord(one): other for one, other in zip(_OPENING + _CLOSING, _CLOSING + _OPENING, strict=True)
}
_NUMBER_MARKS = frozenset(".,:/-+%€$£₪")


class Glyph(NamedTuple):
    """A character, where it stands, and the number of the word it is part of."""

    text: str
    box: Box
    word: int = -1


def in_reading_order(glyphs: Sequence[Glyph], *, from_right: bool) -> Strip | None:
    """Give the words of a line, each with its box; None where there are none.

    ``from_right``: whether the text around it is read from the right, for lines that hold both.
    """
    seen = _with_spaces(sorted(glyphs, key=lambda glyph: glyph.box.left + glyph.box.right))
    kinds = _kinds([glyph.text for glyph in seen], from_right)
    runs: list[tuple[str, list[Glyph]]] = []
    for glyph, kind in zip(seen, kinds, strict=True):
        if not runs or runs[-1][0] != kind:
            runs.append((kind, []))
        runs[-1][1].append(glyph)
    as_they_are, mirrored = (
        [
            glyph
            for kind, run in (reversed(runs) if from_right else runs)
            for glyph in (_turned(run, brackets) if kind == "R" else run)
        ]
        for brackets in ({}, _MIRRORED)
    )
    # Some programs name the bracket that is meant, some the one that is drawn, and pdfium mirrors either.
    return _words(mirrored if _loose_brackets(mirrored) < _loose_brackets(as_they_are) else as_they_are)


def _loose_brackets(glyphs: Sequence[Glyph]) -> int:
    """How many brackets close nothing, or are not closed."""
    loose = depth = 0
    for glyph in glyphs:
        if glyph.text in _OPENING:
            depth += 1
        elif glyph.text in _CLOSING:
            depth, loose = (depth - 1, loose) if depth else (0, loose + 1)
    return loose + depth


def _with_spaces(glyphs: list[Glyph]) -> list[Glyph]:
    spaced: list[Glyph] = []
    for glyph in glyphs:
        gap = (glyph.box.left - spaced[-1].box.right) / max(glyph.box.bottom - glyph.box.top, 1.0) if spaced else 0.0
        if gap > _SPACE or (gap > _LEAST_SPACE and glyph.word != spaced[-1].word):
            spaced.append(Glyph(" ", glyph.box._replace(right=glyph.box.left)))
        spaced.append(glyph)
    return spaced


def _kinds(texts: list[str], from_right: bool) -> list[str]:
    """For each glyph R or L, the direction it is read in."""
    kinds = ["R" if RIGHT_TO_LEFT.match(text) else "L" if text[0].isalpha() else "N" for text in texts]
    strong = ""
    for index, text in enumerate(texts):
        if kinds[index] != "N":
            strong = kinds[index]
        elif strong == "L" and text[0].isdigit():
            kinds[index] = "L"  # ``Invoice 42``: a number after letters that are read from the left goes with them
    base = "R" if from_right else "L"
    resolved = list(kinds)
    index = 0
    while index < len(kinds):
        end = index
        while end < len(kinds) and kinds[end] == "N":
            end += 1
        if end > index:
            before = kinds[index - 1] if index else base
            after = kinds[end] if end < len(kinds) else base
            resolved[index:end] = [before if before == after else base] * (end - index)
        index = end + 1
    return resolved


def _turned(run: list[Glyph], brackets: dict[int, str]) -> list[Glyph]:
    """A run that is read from the right: backwards, but numbers as they stand."""
    turned: list[Glyph] = []
    index = len(run) - 1
    while index >= 0:
        begin = index
        if run[index].text.isdigit() or _is_of_number(run, index):
            while begin > 0 and (run[begin - 1].text.isdigit() or _is_of_number(run, begin - 1)):
                begin -= 1
            turned += run[begin : index + 1]
        else:
            turned.append(run[index]._replace(text=run[index].text.translate(brackets)))
        index = begin - 1
    return turned


def _is_of_number(run: list[Glyph], index: int) -> bool:
    """Whether a mark belongs to the number beside it: between two digits, or a sign of currency or percent at one."""
    if run[index].text not in _NUMBER_MARKS:
        return False
    left = index > 0 and run[index - 1].text.isdigit()
    right = index + 1 < len(run) and run[index + 1].text.isdigit()
    return (left and right) or (run[index].text in "%€$£₪+-" and (left or right))


def _words(glyphs: list[Glyph]) -> Strip | None:
    texts: list[str] = []
    boxes: list[Box] = []
    word: list[Glyph] = []
    for glyph in [*glyphs, Glyph(" ", Box(0, 0, 0, 0))]:
        if glyph.text != " ":
            word.append(glyph)
            continue
        # Shaped letters, as "\ufefc", are written as the letters they are made of.
        shaped = [unicodedata.normalize("NFKC", part.text) if part.text >= "\ufb1d" else part.text for part in word]
        text = clean("".join(shaped))
        box = around(part.box for part in word)
        if text.strip() and box:
            texts.append(text)
            boxes.append(box)
        word = []
    return Strip(texts, boxes) if texts else None

"""Words of a PDF's text layer that nobody sees on the page, or that nobody can read.

What is not shown is no text: it could tell a reader what it tells no person. The
invisible text over a scanned page is another matter: it is what the picture says.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import repeat
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from runs.documents.pdf_calls import pointer, quick
from runs.documents.pdf_faults import Faults
from runs.documents.pdf_text import Ink

_INVISIBLE = frozenset((3, 7))
"""Text rendering modes of ISO 32000, table 104, that paint nothing."""
_EDGE = 1.0
"""By how many points a word's middle may lie outside of the page."""
_WORTH_A_WARNING = 10
_SCANNED_SHARE = 0.5

_has_map_error = quick(pdfium_c.FPDFText_HasUnicodeMapError)
_render_mode = quick(pdfium_c.FPDFTextObj_GetTextRenderMode)


class _Drawn(ctypes.c_void_p):
    """A text object, or None: a class of its own stays a pointer on its way back into a call."""


_text_object = quick(pdfium_c.FPDFText_GetTextObject, _Drawn)


def hidden_words(
    page: pdfium.PdfPage, textpage: pdfium.PdfTextPage, ink: Ink, faults: Faults, number: int
) -> set[int]:
    """Give the indices of the words to leave out, and note the page where they are worth a warning."""
    raw = pointer(textpage.raw)
    hidden: set[int] = set()
    for pages, found in (
        (faults.outside, _outside(page, ink)),
        (faults.undecodable, _undecodable(raw, ink)),
        (faults.invisible, _invisible(page, raw, ink)),
    ):
        if sum(len(ink.texts[index]) for index in found) >= _WORTH_A_WARNING or len(found) == len(ink.texts) > 0:
            pages.append(number)
        hidden |= found
    return hidden


def _outside(page: pdfium.PdfPage, ink: Ink) -> set[int]:
    width, height = page.get_size()
    ends = [ink.boxes[index] for start, end in ink.spans for index in (start, end - 1)]
    lefts, tops, rights, bottoms = zip(*ends, strict=True)
    if min(lefts) >= 0 and min(tops) >= 0 and max(rights) <= width and max(bottoms) <= height:
        return set()
    return {
        index
        for index, (left, top, right, bottom) in enumerate(ink.boxes)
        if not (-_EDGE <= (left + right) / 2 <= width + _EDGE and -_EDGE <= (top + bottom) / 2 <= height + _EDGE)
    }


def _undecodable(raw: Any, ink: Ink) -> set[int]:
    """Words in fonts that do not say which characters they draw; what stands for them would be other words."""
    if not any(map(_has_map_error, repeat(raw), _beginnings(ink))):
        return set()
    return {index for index, first in enumerate(ink.firsts) if _has_map_error(raw, first)}


def _invisible(page: pdfium.PdfPage, raw: Any, ink: Ink) -> set[int]:
    if _INVISIBLE.isdisjoint(_modes(raw, _beginnings(ink))) or _is_scanned(page):
        return set()
    return {index for index, mode in enumerate(_modes(raw, ink.firsts)) if mode in _INVISIBLE}


def _beginnings(ink: Ink) -> list[int]:
    """The first character of each line: what can not be seen or decoded is whole lines, or begins one."""
    return [ink.firsts[start] for start, _ in ink.spans]


def _modes(raw: Any, characters: Sequence[int]) -> Iterator[int]:
    return map(_render_mode, map(_text_object, repeat(raw), characters))


def _is_scanned(page: pdfium.PdfPage) -> bool:
    """Whether pictures cover much of the page."""
    width, height = page.get_size()
    covered = 0.0
    with suppress(pdfium.PdfiumError):
        for item in page.get_objects(filter=(pdfium_c.FPDF_PAGEOBJ_IMAGE,), max_depth=4):
            left, bottom, right, top = item.get_bounds()
            covered += max(0.0, right - left) * max(0.0, top - bottom)
    return bool(covered >= _SCANNED_SHARE * width * height)

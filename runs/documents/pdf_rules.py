"""The straight lines drawn on a PDF's page: rules between the cells of tables, and their frames."""

from __future__ import annotations

import ctypes
from itertools import repeat
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from runs.documents.pages import Box
from runs.documents.pdf_calls import pointer, quick
from runs.documents.pdf_text import frame_of, seen

MOST_OBJECTS = 20_000
"""A page of more is a drawing."""
_MOST_PATHS = 4_000
_MOST_SEGMENTS = 400
_THIN = 2.5
"""Points. What is drawn no wider than this is a line."""
_SHORTEST = 4.0


class _Handle(ctypes.c_void_p):
    """One of pdfium's objects: a class of its own stays a pointer on its way back into a call."""


_object = quick(pdfium_c.FPDFPage_GetObject, _Handle)
_type = quick(pdfium_c.FPDFPageObj_GetType)
_path_segment = quick(pdfium_c.FPDFPath_GetPathSegment, _Handle)


def rules_of(page: pdfium.PdfPage) -> list[Box]:
    """The horizontal and vertical lines of a page as thin boxes, each as it is seen."""
    raw = pointer(page.raw)
    count = pdfium_c.FPDFPage_CountObjects(page.raw)
    if count > MOST_OBJECTS:
        return []
    items = list(map(_object, repeat(raw), range(count)))
    kinds = list(map(_type, items))
    if pdfium_c.FPDF_PAGEOBJ_PATH not in kinds:
        return []
    paths = [item for item, kind in zip(items, kinds, strict=True) if kind == pdfium_c.FPDF_PAGEOBJ_PATH]
    if len(paths) > _MOST_PATHS:
        return []
    numbers: list[float] = []
    for path in paths:
        numbers += _lines_of(path)
    return seen(numbers, frame_of(page)) if numbers else []


def _lines_of(path: Any) -> list[float]:
    """The lines of one path: left, top, right, bottom of each, one after the other, in pdfium's coordinates."""
    handle = ctypes.cast(path, pdfium_c.FPDF_PAGEOBJECT)
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not pdfium_c.FPDFPageObj_GetBounds(handle, left, bottom, right, top):
        return []
    bounds = [left.value, top.value, right.value, bottom.value]
    if min(bounds[2] - bounds[0], bounds[1] - bounds[3]) <= _THIN:
        return bounds if max(bounds[2] - bounds[0], bounds[1] - bounds[3]) >= _SHORTEST else []
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    pdfium_c.FPDFPath_GetDrawMode(handle, fill, stroke)
    count = pdfium_c.FPDFPath_CountSegments(handle)
    if not (stroke.value or fill.value) or not 0 < count <= _MOST_SEGMENTS:
        return []
    return _straight_lines(path, handle, count)


def _straight_lines(path: Any, handle: Any, count: int) -> list[float]:
    matrix = pdfium_c.FS_MATRIX()
    pdfium_c.FPDFPageObj_GetMatrix(handle, matrix)
    lines: list[float] = []
    begun = before = (0.0, 0.0)
    x, y = ctypes.c_float(), ctypes.c_float()
    for index in range(count):
        segment = ctypes.cast(_path_segment(path, index), pdfium_c.FPDF_PATHSEGMENT)
        pdfium_c.FPDFPathSegment_GetPoint(segment, x, y)
        point = (
            matrix.a * x.value + matrix.c * y.value + matrix.e,
            matrix.b * x.value + matrix.d * y.value + matrix.f,
        )
        kind = pdfium_c.FPDFPathSegment_GetType(segment)
        if kind == pdfium_c.FPDF_SEGMENT_MOVETO:
            begun = point
        elif kind == pdfium_c.FPDF_SEGMENT_LINETO:
            lines += _line(before, point)
        if pdfium_c.FPDFPathSegment_GetClose(segment):
            lines += _line(point, begun)
        before = point
    return lines


def _line(begin: tuple[float, float], end: tuple[float, float]) -> list[float]:
    (x0, y0), (x1, y1) = begin, end
    if min(abs(x1 - x0), abs(y1 - y0)) > 0.5 or max(abs(x1 - x0), abs(y1 - y0)) < _SHORTEST:
        return []
    return [min(x0, x1), max(y0, y1), max(x0, x1), min(y0, y1)]

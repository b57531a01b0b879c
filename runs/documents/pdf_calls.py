"""Calls of pdfium that are made hundreds of thousands of times, at a third of their usual cost."""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Any

import pypdfium2.raw as pdfium_c


def quick(function: Any, returns: Any = ctypes.c_int) -> Callable[..., Any]:
    """Bind a function of pdfium that returns at once.

    It keeps the interpreter's lock, and takes ready-made pointers and small integers
    unchecked: together a third of what a call costs otherwise.
    """
    return ctypes.PYFUNCTYPE(returns)(ctypes.cast(function, ctypes.c_void_p).value or 0)


def pointer(handle: Any) -> ctypes.c_void_p:
    """What ``quick`` functions take for one of pdfium's handles."""
    return ctypes.c_void_p(ctypes.cast(handle, ctypes.c_void_p).value)


_loose_char_box = quick(pdfium_c.FPDFText_GetLooseCharBox)


class Rectangles:
    """Room for rectangles of characters; of no more use than until the next are asked for.

    There is one for all, as pdfium itself is only ever used by one thread at a time.
    """

    def __init__(self) -> None:
        self._slots: list[ctypes.c_void_p] = []
        self._grow(1024)

    def of(self, textpage: Any, characters: Sequence[int]) -> memoryview[Any]:
        """Left, top, right and bottom of each character, one after the other; the origin is the lower left corner."""
        if len(characters) > len(self._slots):
            self._grow(2 * len(characters))
        # By ready-made pointers, for making one for each call would cost as much as the call.
        deque(map(_loose_char_box, repeat(pointer(textpage)), characters, self._slots), 0)
        return self._numbers[: 4 * len(characters)]

    def _grow(self, size: int) -> None:
        answers = (pdfium_c.FS_RECTF * size)()
        self._slots = [ctypes.c_void_p(ctypes.addressof(answer)) for answer in answers]
        self._numbers: memoryview[Any] = memoryview(answers).cast("B").cast("f")

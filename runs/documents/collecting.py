"""Python's garbage collector, and how to keep it out of the way of millions of words."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_garbage() -> Iterator[None]:
    """Keep the collector from looking through a book's words again and again: none of them is in a cycle."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        # Moves all there is to the oldest generation, unlooked at.
        gc.freeze()
        gc.unfreeze()
        if was_enabled:
            gc.enable()

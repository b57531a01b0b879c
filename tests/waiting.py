"""Waiting for facts instead of for time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(fact: Callable[[], T], seconds: float = 20.0) -> T:
    """Ask until ``fact`` is true, and return it; fail after ``seconds``."""
    end = time.monotonic() + seconds
    while True:
        found = fact()
        if found:
            return found
        assert time.monotonic() < end, f"still not so after {seconds} s: {fact}"
        time.sleep(0.01)

"""Waiting for facts instead of for time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import psutil

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


def is_alive(process: psutil.Process) -> bool:
    """Whether it still does anything: a zombie that nobody has reaped yet does not."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False

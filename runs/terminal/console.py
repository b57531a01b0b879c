"""Writing to a command's streams: in colour on a terminal, plain elsewhere, harmless on both."""

from __future__ import annotations

import io
from typing import IO, cast

from django.core.management.base import OutputWrapper
from rich.console import Console

from runs.storable import REPLACEMENT

PIPED_WIDTH = 160


class CommandStream(io.TextIOBase):
    """A command's ``stdout`` or ``stderr`` as a file: nothing is added to what is written."""

    def __init__(self, wrapper: OutputWrapper) -> None:
        self.wrapper = wrapper

    def write(self, text: str) -> int:
        self.wrapper.write(text, style_func=str, ending="")
        return len(text)

    def flush(self) -> None:
        self.wrapper.flush()

    def isatty(self) -> bool:
        return self.wrapper.isatty()


def console_on(wrapper: OutputWrapper) -> Console:
    """A console for one of a command's streams."""
    stream = CommandStream(wrapper)
    width = None if stream.isatty() else PIPED_WIDTH
    return Console(
        file=cast("IO[str]", stream), width=width, highlight=False, markup=False, emoji=False, soft_wrap=False
    )


def one_line(text: object, longest: int) -> str:
    """``text`` on one line, without what a terminal would obey, cut to ``longest`` characters.

    Documents and agents are not trusted: an escape sequence in a log line would act on
    the terminal of whoever reads it.
    """
    words = " ".join(str(text)[: longest * 4].split())
    safe = "".join(character if character.isprintable() else REPLACEMENT for character in words)
    return safe if len(safe) <= longest else safe[: longest - 1] + "…"

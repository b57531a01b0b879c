"""A document in pieces that one question can quote, and text in it that speaks to a model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

OVERLAP: Final = 0.1
"""What a piece repeats of the one before, of its own length, so that nothing is torn apart at an edge."""
MOST_OVERLAP: Final = 2000


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a document as a model is shown it: its pages' text, each under ``[page N]``."""

    number: int
    pages: tuple[int, ...]
    text: str


def pieces_of(passages: Sequence[tuple[int, str]], size: int) -> list[Piece]:
    """Divide passages, each with the number of its page, into pieces of at most ``size`` characters.

    A page is kept whole where it fits; each piece begins with the last lines of the one before.
    """
    pieces: list[Piece] = []
    held: list[tuple[int, str]] = []
    length = 0
    room = size - int(min(size * OVERLAP, MOST_OVERLAP))
    for page, block in _blocks(passages, room):
        cost = len(block) + len(_heading(page)) + 1
        if held and length + cost > room:
            pieces.append(_piece(len(pieces) + 1, held))
            last_page, last_block = held[-1]
            held = [(last_page, _tail(last_block, size - room - len(_heading(last_page)) - 1))]
            # What is repeated has room of its own.
            length = 0
        held.append((page, block))
        length += cost
    if held:
        pieces.append(_piece(len(pieces) + 1, held))
    return pieces


def _blocks(passages: Sequence[tuple[int, str]], room: int) -> Iterator[tuple[int, str]]:
    for page, text in passages:
        longest = max(room - len(_heading(page)) - 1, 1)
        if not text.strip():
            continue
        if len(text) <= longest:
            yield page, text
            continue
        held = ""
        for line in text.splitlines(keepends=True):
            for part in (line[start : start + longest] for start in range(0, len(line), longest)):
                if len(held) + len(part) > longest:
                    yield page, held
                    held = ""
                held += part
        if held:
            yield page, held


def _tail(text: str, length: int) -> str:
    """The last lines of ``text``, or the end of its last line."""
    if length <= 0:
        return ""
    tail = text[-length:]
    _, newline, rest = tail.partition("\n")
    return rest if newline and rest.strip() and len(text) > length else tail


def _piece(number: int, held: Sequence[tuple[int, str]]) -> Piece:
    parts: list[str] = []
    last = 0
    for page, block in held:
        if not block.strip():
            continue
        if page != last:
            parts.append(_heading(page))
        parts.append(block)
        last = page
    return Piece(number, tuple(dict.fromkeys(page for page, _ in held)), "\n".join(parts))


def _heading(page: int) -> str:
    return f"[page {page}]"


# Where a sentence begins: a contract's "shall not disregard instructions" is none of these.
_START = (
    r"(?:\A|(?<=[.!?:;\"“”«(*>\]}])\s*|\n\s*(?=(?-i:[A-ZÄÖÜÉÈ])))"
    r"(?:(?:please|now|and|bitte|also|ai|ki|ia|assistant)[\s,:]+)*"
)
_COMMANDS = (
    r"(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:instruction|rule|prompt|polic(?:y|ies)|guideline)",
    r"(?:ignorier|missacht|vergiss|vergesst|übergeh)\w*\b.{0,40}\b(?:anweisung|regel|vorgabe|instruktion|richtlinie)",
    r"(?:ignore[zr]?|oublie[zr]?|néglige[zr]?)\b.{0,40}\b(?:instruction|règle|consigne)",
    r"(?:negeer|vergeet)\b.{0,40}\b(?:instructie|regel|aanwijzing)",
    r"(?:ignor[ae]|olvid[ae]|omit[ae])\w*\b.{0,40}\b(?:instruccion|regla|norma)",
    r"(?:ignora|dimentica|trascura)\w*\b.{0,40}\b(?:istruzion|regol)",
    r"(?:respond|reply|answer|output|return)\s+(?:only|with|that|always)\b.{0,40}\b(?:yes|approved?|pass(?:ed)?|compliant)\b",
    r"approve\s+(?:this|the)\s+(?:document|contract|agreement|invoice)\b.{0,30}(?:regardless|without|anyway|immediately)",
)
_MARKS = (
    r"<\|(?:im_start|im_end|system|user|assistant|endoftext)\|>",
    r"\[/?INST\]",
    r"<</?SYS>>",
    r"\n\s*#{2,}\s*(?:system|instruction|assistant)\b",
    r"\n\s*(?:system|assistant) (?:prompt|message)\s*:",
    r"\b(?:your system prompt|your previous instructions)\b",
    r"\byou are (?:now )?(?:an? )?(?:ai|language model|llm|chatbot|helpful assistant|chatgpt)\b",
    r"\b(?:dear|attention|note to(?: the)?|instructions? (?:to|for))[,:]?\s+(?:ai|llm|language model|chatbot)\b",
)
_ADDRESS = re.compile(
    "|".join([*(f"(?:{_START}{command})" for command in _COMMANDS), *_MARKS]), re.IGNORECASE | re.DOTALL
)
_SHOWN = 80


def addressed_to_a_model(text: str) -> str:
    """The beginning of what in ``text`` speaks to a language model, as no document for people does; else empty.

    It finds what is plain. What it does not find still has to be quoted, stands to be read, and
    decides nothing that a rule without a model decides.
    """
    found = _ADDRESS.search(text)
    if found is None:
        return ""
    said = " ".join(text[found.start() : found.start() + 2 * _SHOWN].split())
    return said if len(said) <= _SHOWN else f"{said[:_SHOWN]}…"

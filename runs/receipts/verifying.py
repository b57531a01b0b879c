"""Whether a receipt is as it was sealed, and what is not. Needs no database."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from runs.canonical import sha256_of
from runs.receipts.chain import broken_links
from runs.receipts.leaves import misfits
from runs.receipts.pages import page_of, page_seal
from runs.receipts.reading import Receipt
from runs.receipts.sealing import ALGORITHM, is_signed, signed_part

MOST_SAID: Final = 20
LONGEST_LINE: Final = 200
HEXADECIMAL: Final = re.compile(r"[0-9a-f]*")
SEAL_NAMES: Final = {"algorithm", "key", "content", "marks", "signature"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """``faults`` says what was touched: nothing, where it is empty. ``key`` has sealed it."""

    key: str
    faults: Sequence[str] = field(default=())

    @property
    def is_untouched(self) -> bool:
        return not self.faults

    def is_by(self, keys: Sequence[str]) -> bool:
        """Whether one of ``keys`` has sealed it."""
        return self.key in keys


def verify(receipt: Receipt) -> Verdict:
    """Hold a receipt against its own seal."""
    seal = receipt.seal
    faults = [*_faults_of_seal(seal), *_faults_of_content(receipt)]
    if receipt.page is not None:
        faults += _faults_of_page(receipt, is_data_whole=not faults)
    return Verdict(str(seal.get("key")), faults)


def _faults_of_seal(seal: dict[str, Any]) -> list[str]:
    if seal.keys() != SEAL_NAMES or not all(isinstance(value, str) for value in seal.values()):
        return ["/seal does not have the form of a seal: it was changed."]
    if seal["algorithm"] != ALGORITHM:
        return ["/seal/algorithm was changed."]
    # Capitals would mean the same to the checking, and be a change all the same.
    if not all(HEXADECIMAL.fullmatch(seal[name]) for name in SEAL_NAMES - {"algorithm"}):
        return ["/seal is not written as seals are: it was changed."]
    if not is_signed(signed_part(seal), seal["signature"], seal["key"]):
        return ["/seal is not what its key has signed: it was changed, or made by somebody who does not have the key."]
    return []


def _faults_of_content(receipt: Receipt) -> list[str]:
    content, seal = receipt.content, receipt.seal
    if sha256_of(content) == seal.get("content"):
        return []
    events = content.get("events")
    broken = broken_links(events) if isinstance(events, list) else []
    chain = [f"/events/{place} does not follow from what stands before it." for place in broken]
    found = misfits(content, str(seal.get("marks")))
    return _cut(chain + (found or ["Something is not what was sealed, and the seal does not say what."]))


def _faults_of_page(receipt: Receipt, *, is_data_whole: bool) -> list[str]:
    """The data in a page may be whole and what people read around it be changed."""
    assert receipt.page is not None
    bare, signature = page_seal(receipt.page)
    if HEXADECIMAL.fullmatch(signature) and is_signed(bare.encode(), signature, str(receipt.seal.get("key"))):
        return []
    faults = ["The page is not what was sealed: it was changed, or saved anew by a browser."]
    if is_data_whole:
        faults.append("The data in it is whole; only what is shown around it differs.")
    return _cut([*faults, *_shown_otherwise(receipt, bare)])


def _shown_otherwise(receipt: Receipt, bare: str) -> list[str]:
    """The lines of the page that its data would not give, as this version of AgentSite shows them."""
    try:
        ours = page_seal(page_of(receipt.value))[0].splitlines()
    except Exception:
        # Changed data may be of any shape; that it was changed has been said.
        return []
    lines = difflib.unified_diff(ours, bare.splitlines(), lineterm="", n=0)
    added = [line[1:].strip() for line in lines if line.startswith("+") and not line.startswith("+++")]
    return [f"The page says {line[:LONGEST_LINE]!r}, which its data does not." for line in added if line]


def _cut(faults: list[str]) -> list[str]:
    left = len(faults) - MOST_SAID
    return [*faults[:MOST_SAID], f"… and {left} more."] if left > 0 else faults

"""A quick look at a document, in a process that has limits."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.documents import making
from tests.sites import ROOT

GERMAN = ("Rechnung Nummer 4711", "Bitte zahlen Sie den Betrag bis zum Datum", "die Summe und der Preis ist mit MwSt")


NOTHING_WRONG = {"is_encrypted": False, "is_scan": False, "refusal": ""}


def look(path: Path) -> dict[str, Any]:
    """What the process says, as the site starts it."""
    command = [sys.executable, "-m", "runs.documents.preflight", str(path)]
    said = subprocess.run(command, cwd=ROOT, env={}, capture_output=True, timeout=20, check=True)
    facts: dict[str, Any] = json.loads(said.stdout)
    return facts


def test_a_pdf_has_pages_a_text_layer_and_a_language(tmp_path: Path) -> None:
    path = making.pdf(tmp_path / "x.pdf", making.lines(*GERMAN), making.lines("Seite 2"))
    assert look(path) == {"pages": 2, "text": "text", "language": "de", **NOTHING_WRONG}


def test_an_encrypted_pdf_is_told_from_a_damaged_one(tmp_path: Path) -> None:
    plain = making.pdf(tmp_path / "plain.pdf", making.lines("A secret"))
    facts = look(making.rewritten(plain, tmp_path / "locked.pdf", password="open sesame"))
    assert facts["is_encrypted"]
    assert facts["refusal"] == "The file is encrypted; save a copy without a password and try again."
    damaged = tmp_path / "damaged.pdf"
    damaged.write_bytes(b"%PDF-1.7\n" + b"nonsense " * 50)
    facts = look(damaged)
    assert not facts["is_encrypted"]
    assert "damaged" in facts["refusal"]


def test_a_scan_is_told_from_a_document_with_some_pictures(tmp_path: Path) -> None:
    facts = look(making.picture_pdf(tmp_path / "scan.pdf", picture_pages=3))
    assert (facts["pages"], facts["text"], facts["is_scan"], facts["refusal"]) == (3, "pictures", True, "")
    picture = making.scan(making.pdf(tmp_path / "x.pdf", making.lines("One"), making.lines("Two")), tmp_path / "x.tif")
    facts = look(picture)
    assert (facts["pages"], facts["text"], facts["is_scan"]) == (2, "pictures", True)
    facts = look(making.picture_pdf(tmp_path / "mixed.pdf", text_pages=["Words"], picture_pages=2))
    assert (facts["text"], facts["refusal"]) == ("mixed", "")


def test_text_on_the_last_page_of_a_long_scan_is_found(tmp_path: Path) -> None:
    empty: list[list[making.Placed]] = [[] for _ in range(60)]
    path = making.pdf(tmp_path / "late.pdf", *empty, making.lines("Words at last"))
    assert (look(path)["text"], look(path)["refusal"]) == ("text", "")


def test_kinds_without_pages_have_none(tmp_path: Path) -> None:
    path = making.word_document(tmp_path / "x.docx", "The invoice is due and the amount of it is to be paid by you")
    assert look(path) == {"pages": None, "text": "text", "language": "en", **NOTHING_WRONG}


@pytest.mark.parametrize(("code", "endings"), [("bytearray(4 * 1024**3)", [1]), ("while True: pass", [-9, -24, -14])])
def test_what_takes_over_the_process_gets_no_further_than_its_limits(code: str, endings: list[int]) -> None:
    program = f"from runs.documents import preflight\npreflight.limit()\n{code}"
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env={}, capture_output=True, timeout=20)
    # Whichever clock ends it first: the processor's, or on a busy machine the wall's.
    assert ended.returncode in endings

"""The process that looks at one page: its answers, its refusals, and the limits it sets itself."""

from __future__ import annotations

import json
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest

from runs.agents import AGENTS
from runs.documents.kinds import DOCX, HTML, PDF, TEXT
from tests.documents import making
from tests.sites import ROOT

SAMPLE = AGENTS["document-extractor"].sample


def ask(order: dict[str, Any]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "runs.documents.onlooker"],
        input=json.dumps({"quotes": [], **order}).encode(),
        capture_output=True,
        cwd=ROOT,
        check=True,
        timeout=60,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_a_quote_has_its_boxes_on_the_page() -> None:
    seen = ask(
        {
            "path": str(SAMPLE),
            "media_type": PDF,
            "page": 1,
            "quotes": [["Total due EUR 6,426.63", "EUR"], ["zebra crossing", ""]],
        }
    )
    ((left, top, right, bottom),) = seen["places"][0]["boxes"]
    assert 0 < left < right < seen["width"]
    assert 0 < top < bottom < seen["height"]
    assert seen["places"][1] is None
    assert seen["text"][seen["places"][0]["start"] : seen["places"][0]["end"]] == "EUR"


@pytest.mark.parametrize(("kind", "content"), [(TEXT, b"Total EUR 5.00"), (HTML, b"<p>Total <b>EUR 5.00</b></p>")])
def test_a_page_without_layout_has_its_text(tmp_path: Path, kind: str, content: bytes) -> None:
    document = tmp_path / "document"
    document.write_bytes(content)
    seen = ask({"path": str(document), "media_type": kind, "page": 1, "quotes": [["EUR 5.00", ""]]})
    place = seen["places"][0]
    assert seen["text"][place["start"] : place["end"]] == "EUR 5.00"
    assert place["boxes"] == []
    assert seen["width"] == 0


def test_a_picture_is_a_png_of_the_width_asked_for(tmp_path: Path) -> None:
    drawn = tmp_path / "page.png"
    order = {"path": str(SAMPLE), "media_type": PDF, "page": 1, "picture": {"width": 400, "path": str(drawn)}}
    assert ask(order) == {}
    content = drawn.read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = (int.from_bytes(content[place : place + 4], "big") for place in (16, 20))
    assert width == 400
    assert height == pytest.approx(566, abs=2)
    start = content.index(b"IDAT") + 4
    pixels = zlib.decompress(content[start : start + int.from_bytes(content[start - 8 : start - 4], "big")])
    channels = 3 if content[25] == 2 else 1
    assert len(pixels) == height * (1 + width * channels)
    assert len(set(pixels)) > 10


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("broken.pdf", b"%PDF-1.7\nnothing", "damaged"),
        ("empty.pdf", b"", "damaged"),
    ],
)
def test_what_can_not_be_opened_is_refused_in_words(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    document = tmp_path / name
    document.write_bytes(content)
    for question in ({}, {"picture": {"width": 400, "path": str(tmp_path / "page.png")}}):
        assert sentence in ask({"path": str(document), "media_type": PDF, "page": 1, **question})["refusal"]
    assert "no page 9" in ask({"path": str(SAMPLE), "media_type": PDF, "page": 9})["refusal"]


def test_a_page_of_absurd_size_gets_a_bounded_picture(tmp_path: Path) -> None:
    huge = tmp_path / "huge.pdf"
    huge.write_bytes(
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 10 14000]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
    )
    drawn = tmp_path / "page.png"
    ask({"path": str(huge), "media_type": PDF, "page": 1, "picture": {"width": 2400, "path": str(drawn)}})
    header = drawn.read_bytes()
    width, height = (int.from_bytes(header[place : place + 4], "big") for place in (16, 20))
    assert 1_000_000 < width * height <= 12_100_000


def test_a_word_document_has_its_text(tmp_path: Path) -> None:
    document = making.word_document(tmp_path / "letter.docx", "Kestrel Ltd", "Invoice number: K-2031")
    order = {"path": str(document), "media_type": DOCX, "page": 1, "quotes": [["Invoice number: K-2031", "K-2031"]]}
    place = ask(order)["places"][0]
    assert place["end"] - place["start"] == len("K-2031")


def test_an_encrypted_document_is_refused_in_words(tmp_path: Path) -> None:
    assert SAMPLE is not None
    locked = making.rewritten(SAMPLE, tmp_path / "locked.pdf", password="secret")
    assert "encrypted" in ask({"path": str(locked), "media_type": PDF, "page": 1})["refusal"]


def test_it_loads_nothing_of_django_and_limits_itself() -> None:
    script = (
        "import io, json, resource, sys\n"
        "sys.stdin = io.StringIO(json.dumps({'path': '/nowhere.txt', 'media_type': 'x', 'page': 1, 'quotes': []}))\n"
        "from runs.documents import onlooker\n"
        "try:\n    onlooker.main()\nexcept OSError:\n    pass\n"
        "print(json.dumps(['django' in sys.modules, resource.getrlimit(resource.RLIMIT_AS)[0],"
        " resource.getrlimit(resource.RLIMIT_CPU)[0]]))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, cwd=ROOT, check=True, timeout=60)
    has_django, memory, seconds = json.loads(done.stdout.splitlines()[-1])
    assert not has_django
    assert 0 < memory <= 1024**3
    assert 0 < seconds <= 20

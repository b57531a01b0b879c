"""The document extractor, from a file to an answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fpdf import FPDF
from pydantic import ValidationError
from recording import RecordingContext, document_file

from runs.agents.base import Answer, FatalError, UnreadableDocument
from runs.agents.document_extractor import DocumentExtractor, ExtractorOutput

SHARED = Path(__file__).resolve().parents[3] / "shared" / "documents"
AGENT = DocumentExtractor()


def extract(context: RecordingContext, **given: Any) -> Answer[ExtractorOutput]:
    return AGENT.run(context, AGENT.Input(**given))


def sample() -> RecordingContext:
    assert AGENT.sample is not None
    return RecordingContext(document=document_file(AGENT.sample))


def numbered_pages(path: Path, count: int) -> RecordingContext:
    document = FPDF()
    for number in range(1, count + 1):
        document.add_page()
        document.set_font("Helvetica", size=10)
        document.text(20, 20, f"Page {number} names {number:02}.03.2024 and person{number}@example.com")
    document.output(str(path))
    return RecordingContext(document=document_file(path))


def test_sample_is_small_and_gives_its_values() -> None:
    context = sample()
    answer = extract(context)
    assert context.document is not None
    assert context.document.size < 30_000
    assert answer.result == "extracted"
    found = {field.name: field.normalised for field in answer.output.fields}
    assert found["invoice_number"] == "KJ-2025-0318"
    assert found["invoice_date"] == "2025-03-14"
    assert found["due_date"] == "2025-04-13"
    assert (found["net_total"], found["tax_total"], found["total"]) == ("5224.90", "1201.73", "6426.63")
    assert (found["currency"], found["iban"], found["bic"]) == ("EUR", "IE82ZZZZ99001204815770", "ZZZZIE2D")
    assert (found["seller"], found["buyer"]) == ("Kilbrannan Joinery Ltd", "Sandford Books Ltd")
    count = len(answer.output.fields)
    assert answer.summary == f"{count} of {count} values verified"
    assert {field.grounding for field in answer.output.fields} == {"verified"}
    assert all(field.boxes for field in answer.output.fields)
    assert answer.output.document.language == "en"


def test_answer_survives_being_stored_as_json() -> None:
    output = extract(sample()).output
    assert ExtractorOutput.model_validate_json(output.model_dump_json()) == output


def test_text_of_pages_can_be_left_out() -> None:
    assert extract(sample(), include_text=False).output.pages == []
    assert [page.number for page in extract(sample()).output.pages] == [1]


def test_steps_name_pages_and_progress_never_goes_back(tmp_path: Path) -> None:
    context = numbered_pages(tmp_path / "p.pdf", 3)
    extract(context)
    assert "Reading page 2 of 3" in context.steps
    assert "Looking for amounts" in context.steps
    assert context.percents == sorted(context.percents)
    assert context.percents[-1] == 100


def test_stops_between_pages_when_asked_to(tmp_path: Path) -> None:
    context = numbered_pages(tmp_path / "p.pdf", 5)
    context.cancel_after_steps = 3
    with pytest.raises(FatalError, match="stopped"):
        extract(context)
    assert context.steps[-1] == "Reading page 2 of 5"


def test_values_point_at_the_pages_they_stand_on(tmp_path: Path) -> None:
    output = extract(numbered_pages(tmp_path / "p.pdf", 4)).output
    assert [(field.page, field.normalised) for field in output.fields if field.name == "email"] == [
        (number, f"person{number}@example.com") for number in range(1, 5)
    ]
    assert [(field.page, field.normalised) for field in output.fields if field.name == "date"] == [
        (number, f"2024-03-{number:02}") for number in range(1, 5)
    ]


def test_list_that_is_cut_says_so(tmp_path: Path) -> None:
    path = tmp_path / "many.txt"
    path.write_text("\n".join(f"person{number}@example.com" for number in range(80)), encoding="utf-8")
    output = extract(RecordingContext(document=document_file(path))).output
    assert len(output.fields) == 50
    assert output.warnings == ["Only the first 50 values of “E-mail address” are listed."]


def test_unreadable_document_is_refused_for_good(tmp_path: Path) -> None:
    path = tmp_path / "empty.pdf"
    path.touch()
    with pytest.raises(UnreadableDocument, match="empty"):
        extract(RecordingContext(document=document_file(path)))


def test_longer_document_than_asked_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableDocument, match="3 pages and at most 2"):
        extract(numbered_pages(tmp_path / "p.pdf", 3), max_pages=2)


def test_run_without_a_document_ends_with_a_sentence() -> None:
    with pytest.raises(FatalError, match="no document"):
        extract(RecordingContext())


def test_input_gives_every_field_of_the_form_a_title_and_a_description() -> None:
    properties = AGENT.Input.model_json_schema()["properties"]
    assert all(field["title"] and field["description"] for field in properties.values())
    with pytest.raises(ValidationError):
        AGENT.Input(max_pages=0)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared documents are not here")
@pytest.mark.parametrize(
    "name",
    ["federal-register.pdf", "report.docx", "blog.html", "movie-theater-booking.pdf", "background-checks.pdf"],
)
def test_real_documents_of_every_kind_complete(name: str) -> None:
    output = extract(RecordingContext(document=document_file(SHARED / name))).output
    texts = {page.number: page.text for page in output.pages}
    assert all(field.quote in texts[field.page] for field in output.fields)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared documents are not here")
def test_evidence_in_a_long_gazette_is_on_the_right_pages() -> None:
    context = RecordingContext(document=document_file(SHARED / "federal-register.pdf"))
    fields = extract(context).output.fields
    pages = {(field.name, field.normalised): field.page for field in fields}
    assert pages["document_number", "FAA–2020–0686"] == 1
    assert pages["date", "2018-10-29"] == 1
    assert pages["email", "doug.rudolph@faa.gov"] == 15
    assert not any(field.name == "total" for field in fields)

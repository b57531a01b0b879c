"""Invoices of six languages and several layouts, from page to fields."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runs.agents.extraction import Field, extract_fields
from runs.documents import find_quote, read
from tests.documents.making import pdf

SHARED = Path(__file__).resolve().parents[3] / "shared" / "documents"
INVOICES = Path(__file__).parent / "invoices"


def fields_of(path: Path) -> list[Field]:
    """Extract fields, and hold each against its page."""
    reading = read(path)
    fields = extract_fields(reading)
    for field in fields:
        page = reading.pages[field.page - 1]
        match = find_quote(page, field.quote)
        assert match is not None, field
        assert match.score == 1.0
        assert field.grounding == "verified"
        assert bool(field.boxes) == (reading.media_type == "application/pdf")
    return fields


def values(fields: list[Field]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for field in fields:
        found.setdefault(field.name, []).append(field.normalised)
    return found


def from_text(folder: Path, text: str) -> dict[str, list[str]]:
    path = folder / "invoice.txt"
    path.write_text(text, encoding="utf-8")
    return values(fields_of(path))


def from_places(folder: Path, *places: tuple[float, float, str]) -> dict[str, list[str]]:
    return values(fields_of(pdf(folder / "invoice.pdf", places, size=9)))


def expectations() -> list[tuple[Path, dict[str, str]]]:
    return [
        (path, json.loads(path.with_suffix(".json").read_text(encoding="utf-8")))
        for path in sorted(INVOICES.glob("*.txt"))
    ]


@pytest.mark.parametrize(("path", "expected"), expectations(), ids=lambda item: getattr(item, "stem", ""))
def test_invoice_of_its_language_is_understood(path: Path, expected: dict[str, str]) -> None:
    found = values(fields_of(path))
    assert {name: found.get(name) for name in expected} == {name: [value] for name, value in expected.items()}


def test_labels_above_their_values_are_paired_by_place(tmp_path: Path) -> None:
    found = from_places(
        tmp_path,
        (20, 20, "INVOICE"),
        *((20 + 45 * n, 40, t) for n, t in enumerate(("Invoice number", "Invoice date", "Due date", "Customer no."))),
        *((20 + 45 * n, 46, t) for n, t in enumerate(("A-2044", "5 May 2023", "4 June 2023", "C0042"))),
        (120, 90, "Total due"),
        (170, 90, "EUR 1,190.00"),
    )
    assert found["invoice_number"] == ["A-2044"]
    assert found["invoice_date"] == ["2023-05-05"]
    assert found["due_date"] == ["2023-06-04"]
    assert found["customer_number"] == ["C0042"]
    assert found["total"] == ["1190.00"]


def test_column_of_line_totals_is_not_the_total(tmp_path: Path) -> None:
    found = from_places(
        tmp_path,
        (20, 20, "Invoice no. 4711"),
        *((20 + 60 * n, 40, t) for n, t in enumerate(("Item", "Price", "Total"))),
        *((20 + 60 * n, 46, t) for n, t in enumerate(("Chair", "49.00", "98.00"))),
        *((20 + 60 * n, 52, t) for n, t in enumerate(("Table", "120.00", "120.00"))),
        (80, 70, "Amount due"),
        (140, 70, "$218.00"),
    )
    assert found["total"] == ["218.00"]


def test_amounts_of_a_closing_row_are_named_by_their_columns(tmp_path: Path) -> None:
    found = from_places(
        tmp_path,
        (20, 20, "Facture n° 2023-7 du 2 juillet 2023"),
        *((20 + 45 * n, 40, t) for n, t in enumerate(("Libellé", "Montant HT", "Montant TVA", "Montant TTC"))),
        *((20 + 45 * n, 46, t) for n, t in enumerate(("Forfait", "24.99", "5.00", "29.99"))),
        *((20 + 45 * n, 52, t) for n, t in enumerate(("Total facture", "24.99", "5.00", "29.99"))),
    )
    assert (found["net_total"], found["tax_total"], found["total"]) == (["24.99"], ["5.00"], ["29.99"])
    assert (found["invoice_number"], found["invoice_date"]) == (["2023-7"], ["2023-07-02"])


def test_sum_beats_a_label_that_deceives(tmp_path: Path) -> None:
    found = from_text(
        tmp_path,
        "Factuur\nFactuurnummer: 77\nSubtotaal   € 717,97\nExclusief BTW   € 593,36\n"
        "BTW 21%   € 124,61\nTotaal   € 717,97",
    )
    assert (found["total"], found["net_total"], found["tax_total"]) == (["717.97"], ["593.36"], ["124.61"])


def test_balance_of_nothing_is_not_the_total_of_a_paid_invoice(tmp_path: Path) -> None:
    found = from_text(
        tmp_path, "Invoice INV/2023/03/0008\nTotal   $ 3,421.25\nPaid on 03/21/2023   $ 3,421.25\nAmount Due   $ 0.00"
    )
    assert found["total"] == ["3421.25"]


def test_credit_notes_keep_their_sign(tmp_path: Path) -> None:
    found = from_text(
        tmp_path,
        "Gutschrift\nGutschriftsnummer: GS-15\nNetto   -100,00 EUR\n19% USt   -19,00 EUR\nGesamtbetrag   -119,00 EUR",
    )
    assert (found["credit_note_number"], found["total"]) == (["GS-15"], ["-119.00"])


def test_receipt_without_labels_gives_its_only_date(tmp_path: Path) -> None:
    found = from_text(tmp_path, "Café Huber\nRechnung Nr. 4512\n18.09.2023 20:41\nSUMME EUR   28,30")
    assert (found["invoice_number"], found["invoice_date"], found["total"]) == (["4512"], ["2023-09-18"], ["28.30"])


def test_contract_is_no_invoice_because_it_speaks_of_invoices(tmp_path: Path) -> None:
    found = from_text(
        tmp_path,
        "SERVICE AGREEMENT\nContract No. SA-2023/19\n"
        "This Agreement is made on 12 June 2023 between Harlow Systems Ltd and Penrith Foods plc.\n"
        "1.2.14 The Supplier shall invoice monthly; the fee is GBP 48,000.00 per year.\n"
        "Effective date: 1 July 2023. This Agreement expires on 30 June 2026.",
    )
    assert "total" not in found
    assert "invoice_date" not in found
    assert found["amount"] == ["48000.00"]
    assert found["date"] == ["2023-06-12"]
    assert (found["effective_date"], found["expiry_date"]) == (["2023-07-01"], ["2026-06-30"])
    assert found["party"] == ["Harlow Systems Ltd", "Penrith Foods plc"]


def test_prose_about_money_has_no_total(tmp_path: Path) -> None:
    found = from_text(
        tmp_path,
        "The proposed rule would affect 73 airplanes. In total the agency estimates that each of the operators would "
        "spend an amount that is due in part to inspections, of up to $10,505 for the first of them.",
    )
    assert "total" not in found


def test_document_without_values_has_no_fields(tmp_path: Path) -> None:
    assert from_text(tmp_path, "Once upon a time there was a page without any number.") == {}


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared documents are not here")
@pytest.mark.parametrize("name", ["AmazonWebServices.pdf", "QualityHosting.pdf", "coolblue1.pdf", "free_fiber.pdf"])
def test_real_invoices_give_their_true_values_once(name: str) -> None:
    expected = json.loads((SHARED / "expected.json").read_text(encoding="utf-8"))[name]
    found = values(fields_of(SHARED / name))
    assert {key: found.get(key) for key in expected} == {key: [value] for key, value in expected.items()}

"""Where values stand decides what they are: addresses, terms, periods, sums and tables of invoices."""

from __future__ import annotations

from pathlib import Path

import pytest
from fpdf import FPDF

from runs.agents.extraction import ExtractedTable, Extraction, extract
from runs.agents.extraction.phrases import phrase_of
from runs.agents.extraction.rows import fold
from runs.documents import Page, Reading, read
from runs.documents.pages import Cell, Table
from tests.documents.making import pdf

TITLE = "Invoice no. 4711\nInvoice date: 5 May 2023\n"


def of_text(folder: Path, text: str) -> Extraction:
    path = folder / "invoice.txt"
    path.write_text(text, encoding="utf-8")
    return extract(read(path))


def of_places(folder: Path, *places: tuple[float, float, str]) -> Extraction:
    return extract(read(pdf(folder / "invoice.pdf", places, size=9)))


def values(found: Extraction) -> dict[str, str]:
    return {field.name: field.normalised for field in found.fields}


def rows(table: ExtractedTable) -> list[dict[str, str]]:
    names = [column.name for column in table.columns]
    return [dict(zip(names, (cell.normalised for cell in row.cells), strict=True)) for row in table.rows]


@pytest.mark.parametrize(
    ("phrase", "role"),
    [
        ("Rechnungssumme netto (excl. USt.)", "net_total"),
        ("Rechnungssumme brutto (inkl. USt.)", "total"),
        ("Steuerbasisbetrag USt. 19%", "base"),
        ("zzgl. 19 % MwSt.", "tax_total"),
        ("davon MwSt", "tax_total"),
        ("Total HT", "net_total"),
        ("Total TTC", "total"),
        ("Net à payer", "amount_due"),
        ("Totaal excl. BTW", "net_total"),
        ("Base imponible", "net_total"),
        ("Totale documento", "total"),
        ("Do zapłaty", "total"),
        ("Summa exkl. moms", "net_total"),
        ("Balance due", "amount_due"),
        ("Amount paid", "amount_paid"),
        ("Shipping & handling", "shipping"),
        ("abzgl. 5 % Rabatt", "discount"),
        ("Delivered to the address above", None),
    ],
)
def test_whole_phrase_says_what_an_amount_is(phrase: str, role: str | None) -> None:
    found = phrase_of(fold(phrase))
    assert (found.role if found else None) == role


def test_tax_table_gives_the_line_that_sums_up(tmp_path: Path) -> None:
    heads = ("Nettobetrag", "MwSt-Betrag", "MwSt-%", "Endbetrag")
    lines = (
        ("321,40", "61,07", "19,0", "382,47"),
        ("127,59", "8,93", "7,0", "136,52"),
        ("448,99", "70,00", "EUR", "518,99"),
    )
    found = values(
        of_places(
            tmp_path,
            (20, 20, "Rechnung Nr. 4711"),
            *((20 + 40 * n, 60 + 6 * k, t) for k, line in enumerate((heads, *lines)) for n, t in enumerate(line)),
        )
    )
    assert (found["net_total"], found["tax_total"], found["total"]) == ("448.99", "70.00", "518.99")


def test_addresses_belong_to_whom_the_page_says(tmp_path: Path) -> None:
    found = of_places(
        tmp_path,
        (20, 20, "Invoice 4711"),
        *(
            (20, 35 + 5 * n, t)
            for n, t in enumerate(("Seller:", "Harlow Tools Ltd", "4 Quay Road", "Bristol BS1 4QA"))
        ),
        *((90, 35 + 5 * n, t) for n, t in enumerate(("Bill to:", "Ashdown Dental", "7 Mill Lane", "Lewes BN7 2DD"))),
        *((150, 35 + 5 * n, t) for n, t in enumerate(("Ship to:", "Ashdown Store", "9 Mill Lane", "Lewes BN7 2DE"))),
    )
    told = values(found)
    assert (told["seller"], told["seller_address"]) == ("Harlow Tools Ltd", "4 Quay Road, Bristol BS1 4QA")
    assert (told["buyer"], told["buyer_address"]) == ("Ashdown Dental", "7 Mill Lane, Lewes BN7 2DD")
    assert told["delivery_address"] == "9 Mill Lane, Lewes BN7 2DE"
    address = next(field for field in found.fields if field.name == "buyer_address")
    assert address.value == "7 Mill Lane\nLewes BN7 2DD"
    assert len(address.boxes) == 2
    assert address.grounding == "verified"


@pytest.mark.parametrize(
    ("terms", "due"),
    [
        ("Payment terms: 30 days net", "2023-06-04"),
        ("Terms: Net 14", "2023-05-19"),
        ("Zahlbar innerhalb von 10 Tagen ohne Abzug", "2023-05-15"),
        ("Paiement à 30 jours", "2023-06-04"),
        ("Te betalen binnen 14 dagen", "2023-05-19"),
        ("Payment terms: 30 days end of month", None),
        ("Bei Zahlung innerhalb 14 Tagen gewähren wir 2,0% Skonto.", None),
        ("Payment terms: 10 days or 30 days", None),
        ("Returns are accepted within 30 days", None),
    ],
)
def test_due_date_is_computed_only_from_one_stated_count_of_days(tmp_path: Path, terms: str, due: str | None) -> None:
    found = of_text(tmp_path, f"{TITLE}{terms}\nTotal   100.00 EUR\n")
    dates = [field for field in found.fields if field.name == "due_date"]
    assert [field.normalised for field in dates] == ([due] if due else [])
    assert all(field.confidence < 0.9 for field in dates)


def test_due_date_is_the_one_without_reduction(tmp_path: Path) -> None:
    text = f"{TITLE}Zahlbar bis 12.05.2023 mit 2 % Skonto oder bis 28.05.2023 ohne Abzug.\nGesamt   100,00 EUR\n"
    assert values(of_text(tmp_path, text))["due_date"] == "2023-05-28"


@pytest.mark.parametrize(
    "text",
    [
        "Leistungszeitraum: 01.07.2023 - 31.07.2023",
        "This invoice is for the billing period July 1 - July 31, 2023",
        "Période : du 01/07/2023 au 31/07/2023",
        "Periode 1 juli 2023 t/m 31 juli 2023",
    ],
)
def test_period_has_two_ends(tmp_path: Path, text: str) -> None:
    found = values(of_text(tmp_path, f"{TITLE}{text}\nTotal   100.00 EUR\n"))
    assert (found["service_start"], found["service_end"]) == ("2023-07-01", "2023-07-31")


def test_prepayment_leaves_total_and_what_is_due_apart(tmp_path: Path) -> None:
    lines = (
        "Subtotal   $ 100.00",
        "Sales tax (8.25%)   $ 8.25",
        "Total   $ 108.25",
        "Amount paid   $ 50.00",
        "Balance due   $ 58.25",
    )
    found = of_text(tmp_path, TITLE + "\n".join(lines))
    sums = {field.name: field for field in found.fields if field.name in ("total", "amount_paid", "amount_due")}
    assert {name: field.normalised for name, field in sums.items()} == {
        "total": "108.25",
        "amount_paid": "50.00",
        "amount_due": "58.25",
    }
    assert all(field.confidence >= 0.9 for field in sums.values())
    assert values(found)["tax_rate"] == "8.25"


def test_header_of_two_lines_and_goods_of_several_make_one_table(tmp_path: Path) -> None:
    found = of_places(
        tmp_path,
        (20, 20, "Rechnung Nr. 4711"),
        *((x, 60, t) for x, t in ((95, "Menge"), (120, "Einzel-"), (170, "Gesamt"))),
        *((x, 64, t) for x, t in ((20, "Pos."), (35, "Bezeichnung"), (120, "preis"), (170, "preis"))),
        *((x, 70, t) for x, t in ((20, "1"), (35, "Kabel NYM 3x1,5"), (95, "12"), (120, "38,90"), (170, "466,80"))),
        (35, 74, "Ring zu 50 m"),
        *((x, 80, t) for x, t in ((20, "2"), (35, "Schrank IP54"), (95, "1"), (120, "1.249,00"), (170, "1.249,00"))),
        *((x, 90, t) for x, t in ((120, "Nettosumme"), (170, "1.715,80"))),
        *((x, 95, t) for x, t in ((120, "19 % MwSt."), (170, "326,00"))),
        *((x, 100, t) for x, t in ((120, "Gesamtbetrag"), (170, "2.041,80"))),
    )
    [table] = found.tables
    assert table.name == "line_items"
    assert table.sums_to == "net_total"
    assert [(row["description"], row["quantity"], row["unit_price"], row["amount"]) for row in rows(table)] == [
        ("Kabel NYM 3x1,5 Ring zu 50 m", "12", "38.90", "466.80"),
        ("Schrank IP54", "1", "1249.00", "1249.00"),
    ]
    assert table.rows[0].cells[1].value == "Kabel NYM 3x1,5\nRing zu 50 m"
    assert all(len(row.boxes) >= 5 and row.grounding == "verified" for row in table.rows)


def test_row_whose_price_does_not_make_its_amount_is_less_sure(tmp_path: Path) -> None:
    head = "Description   Qty   Unit price   Amount\n"
    right, wrong = "Chair   2   49.00   98.00\n", "Table   2   120.00   120.00\n"
    [table] = of_text(tmp_path, f"{TITLE}{head}{right}{wrong}Total   500.00\n").tables
    assert [row.confidence for row in table.rows] == [0.97, 0.6]


def test_table_that_goes_on_on_the_next_page_is_one(tmp_path: Path) -> None:
    document = FPDF()
    for number in (1, 2):
        document.add_page()
        document.set_font("Helvetica", size=9)
        for n, text in enumerate(("Description", "Qty", "Unit price", "Amount")):
            document.text(20 + 45 * n, 40, text)
        for n, text in enumerate((f"Thing {number}", "2", "10.00", "20.00")):
            document.text(20 + 45 * n, 46, text)
    path = tmp_path / "two.pdf"
    document.output(str(path))
    [table] = extract(read(path)).tables
    assert [row.page for row in table.rows] == [1, 2]


def test_ambiguous_day_and_month_are_less_sure_than_certain_ones(tmp_path: Path) -> None:
    def confidence(more: str) -> float:
        found = of_text(tmp_path, f"Invoice no. 4711\nInvoice date: 03/04/2024\n{more}Total   $ 100.00\n")
        return next(field.confidence for field in found.fields if field.name == "invoice_date")

    assert confidence("") < 0.8 < confidence("Due date: 03/24/2024\n")


def test_number_below_its_title_is_the_invoices(tmp_path: Path) -> None:
    found = of_places(tmp_path, (150, 20, "INVOICE"), (150, 27, "# RW-20931"), (20, 60, "Total"), (60, 60, "$ 5.00"))
    assert values(found)["invoice_number"] == "RW-20931"


def test_words_up_the_margin_are_no_cells(tmp_path: Path) -> None:
    document = FPDF()
    document.add_page()
    document.set_font("Helvetica", size=9)
    with document.rotation(90, 12, 70):
        document.text(12, 70, "Copyright 2014")
    for n, text in enumerate(("Description", "Qty", "Unit price", "Amount")):
        document.text(20 + 45 * n, 60, text)
    for n, text in enumerate(("Chair", "2", "49.00", "98.00")):
        document.text(20 + 45 * n, 66, text)
    path = tmp_path / "margin.pdf"
    document.output(str(path))
    [table] = extract(read(path)).tables
    assert rows(table) == [{"description": "Chair", "quantity": "2", "unit_price": "49.00", "amount": "98.00"}]


def test_column_of_tax_is_told_from_that_of_its_rates(tmp_path: Path) -> None:
    head = "Details   Net   VAT rate   VAT   Gross\n"
    lines = "Boiler service   540.00   20.00%   108.00   648.00\nDiverter valve   212.40   20.00%   42.48   254.88\n"
    [table] = of_text(tmp_path, f"{TITLE}{head}{lines}Total   902.88\n").tables
    assert {column.name: column.type for column in table.columns} == {
        "description": "text",
        "net": "amount",
        "tax_rate": "percent",
        "tax_amount": "amount",
        "amount": "amount",
    }


def test_header_that_only_its_three_lines_make(tmp_path: Path) -> None:
    heads = (
        ((38, "Nazwa towaru"), (120, "Cena"), (150, "Wartość")),
        ((20, "Lp."), (95, "Ilość")),
        ((38, "lub"), (120, "netto"), (150, "netto")),
    )
    document = FPDF()
    document.add_page()
    document.set_font("Helvetica", size=9)
    document.text(20, 20, "Faktura VAT nr 4711")
    for n, line in enumerate(heads):
        for x, text in line:
            document.text(x, 60 + 2 * n, text.replace("ść", "sc"))
    for x, text in ((20, "1"), (38, "Szafa"), (95, "6"), (120, "450,00"), (150, "2 700,00")):
        document.text(x, 70, text)
    path = tmp_path / "stacked.pdf"
    document.output(str(path))
    [table] = extract(read(path)).tables
    assert rows(table) == [
        {"position": "1", "description": "Szafa", "quantity": "6", "unit_price": "450.00", "amount": "2700.00"}
    ]


def test_space_between_thousands_is_seen_in_the_cells(tmp_path: Path) -> None:
    found = values(
        of_text(
            tmp_path,
            "Faktura nr 4711\nRazem netto   3 000,00 PLN\nVAT 23%   690,00 PLN\nRazem brutto   3 690,00 PLN\n",
        )
    )
    assert (found["net_total"], found["total"]) == ("3000.00", "3690.00")


def test_discount_between_net_and_total_is_part_of_the_sum(tmp_path: Path) -> None:
    found = of_text(tmp_path, f"{TITLE}Sub-total   $125.50\nDiscount   ($10.00)\nTax   $2.00\nTotal   $117.50\n")
    sums = {field.name: field for field in found.fields if field.name in ("total", "net_total", "tax_total")}
    assert {name: field.normalised for name, field in sums.items()} == {
        "total": "117.50",
        "net_total": "125.50",
        "tax_total": "2.00",
    }
    assert all(field.confidence >= 0.9 for field in sums.values())


def marked(*rows: tuple[str, ...], text: str = "") -> list[ExtractedTable]:
    cells = [tuple(Cell(cell) for cell in row) for row in rows]
    page = Page(1, text or "\n".join("\t".join(row) for row in rows))
    return extract(Reading("text/html", [page], tables=[Table(1, None, cells)])).tables


def test_table_that_the_file_marks_is_typed_and_grounded() -> None:
    [table] = marked(("Station", "Since", "Share"), ("Kiel", "3 May 2021", "12 %"), ("Lübeck", "4 June 2022", "7 %"))
    assert table.name == "table"
    assert [(column.name, column.type) for column in table.columns] == [
        ("station", "text"),
        ("since", "date"),
        ("share", "percent"),
    ]
    assert rows(table)[1] == {"station": "Lübeck", "since": "2022-06-04", "share": "7"}
    assert {row.grounding for row in table.rows} == {"verified"}


def test_first_row_of_values_is_no_header() -> None:
    [table] = marked(("1", "2,50"), ("2", "3,50"))
    assert [(column.name, column.header) for column in table.columns] == [("column_1", ""), ("column_2", "")]
    assert len(table.rows) == 2


def test_totals_are_no_goods_also_where_the_file_marks_the_table() -> None:
    tables = marked(
        ("Description", "Qty", "Unit price", "Amount"),
        ("Chair", "2", "49.00", "98.00"),
        ("Subtotal", "", "", "98.00"),
        ("VAT 20%", "", "", "19.60"),
    )
    [table] = tables
    assert [row["description"] for row in rows(table)] == ["Chair"]


def test_rows_of_uneven_width_are_left_out() -> None:
    [table] = marked(("Name", "Town"), ("Ada", "Kiel"), ("Ben",), text="Name Town Ada Kiel Ben")
    assert len(table.rows) == 1


def test_value_on_a_picture_is_no_surer_than_its_recognition() -> None:
    text = TITLE + "Total due: EUR 119.00\n"
    written = extract(Reading("image/png", [Page(1, text)])).fields
    recognised = extract(Reading("image/png", [Page(1, text, ocr_confidence=0.8)])).fields

    assert [field.name for field in recognised] == [field.name for field in written]
    assert all(
        read_.confidence == pytest.approx(known.confidence * 0.8, abs=0.01)
        for read_, known in zip(recognised, written, strict=True)
    )
    assert max(field.confidence for field in recognised) < 0.9

"""Tax rates: a percentage beside a word for tax, or in a column of rates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import combinations

from runs.agents.extraction.amounts import parse_number
from runs.agents.extraction.candidates import Candidate
from runs.agents.extraction.columns import aligned
from runs.agents.extraction.rows import Row, Sheet, Spot

_TAX = (
    r"(?:mwst|ust|mehrwertsteuer|umsatzsteuer|versicherungs?steuer|vat|v\.a\.t\.?|sales tax|tax|gst|cgst|sgst|igst"
    r"|hst|pst|tva|btw|iva"
    r"|moms|podatek vat|taxe|aliquota)"
)
_RATE = r"(?P<rate>\d{1,2}(?:[.,]\d{1,3})?)"
_BESIDE = re.compile(
    rf"(?<![a-z]){_TAX}\b[\s.:(@\-]{{0,4}}(?:rate |satz |of |von |de |a |at |au taux de |al )?{_RATE}\s?%"
    rf"|(?<![\d.,]){_RATE.replace('rate', 'first')}\s?%[\s(]{{0,2}}(?:de |of )?{_TAX}(?![a-z])"
)
_HEADER = re.compile(
    rf"^(?:{_TAX}[\s.-]{{0,2}}(?:%|satz|rate|sats|-?code)|%\s?{_TAX}|(?:tax|vat|tva|iva|btw) ?(?:%|rate)|{_TAX}\.?"
    rf"|taux(?: tva)?|tarief|steuersatz"
    r"|tipo(?: iva)?|aliquota|stawka(?: vat)?)\W*%?$"
)
_CELL = re.compile(rf"^[^\d-]{{0,6}}{_RATE}\s?%?$")
_CENTS = re.compile(r"[.,]\d\d\W*$")
_USUAL = frozenset(
    map(
        Decimal,
        [
            "0",
            "2.1",
            "2.5",
            "2.6",
            "3",
            "3.7",
            "3.8",
            "4",
            "4.8",
            "5",
            "5.5",
            "6",
            "7",
            "7.7",
            "8",
            "8.1",
            "9",
            "9.5",
            "10",
            "12",
            "12.5",
            "13",
            "13.5",
            "14",
            "15",
            "16",
            "17",
            "18",
            "19",
            "20",
            "21",
            "22",
            "23",
            "24",
            "25",
            "25.5",
            "27",
            "28",
        ],
    )
)
_ROWS = 30
_NUMBER = re.compile(r"\d[\d.,' ]*\d|\d")


def find_rates(sheets: Sequence[Sheet]) -> Iterator[Candidate]:
    """Give the rates of tax a document states, in percent."""
    for sheet in sheets:
        for row_index, row in enumerate(sheet.rows):
            for cell in row.cells:
                for match in _BESIDE.finditer(cell.folded):
                    group = "rate" if match["rate"] else "first"
                    spot = Spot(sheet, cell, *match.span(group), row_index)
                    yield _candidate(match[group], spot, 0.93, "pattern")
            yield from _below_headers(sheet, row_index)


def _candidate(text: str, spot: Spot, confidence: float, source: str) -> Candidate:
    rate = Decimal(text.replace(",", "."))
    if rate not in _USUAL:
        confidence -= 0.25
    return Candidate(
        "tax_rate",
        "percent",
        f"{rate.normalize():f}",
        spot,
        confidence,
        source="table" if source == "table" else "pattern",
    )


def _below_headers(sheet: Sheet, head_index: int) -> Iterator[Candidate]:
    heads = sheet.rows[head_index].cells
    wanted = {index for index, cell in enumerate(heads) if _HEADER.match(cell.folded.strip())}
    if not wanted or len(heads) < 3:
        return
    for row_index in range(head_index + 1, min(head_index + 1 + _ROWS, len(sheet.rows))):
        for column, cell in aligned(sheet.rows[row_index].cells, heads):
            match = _CELL.match(cell.folded)
            if column in wanted and match and Decimal(match["rate"].replace(",", ".")) in _USUAL:
                shows = "%" in cell.text or "%" in heads[column].text
                if not shows and _CENTS.search(cell.text):
                    continue  # an amount of tax
                sure = 0.96 if _holds(sheet.rows[row_index], match["rate"]) else 0.92 if shows else 0.75
                spot = Spot(sheet, cell, *match.span("rate"), row_index)
                yield _candidate(match["rate"], spot, sure, "table")


def _holds(row: Row, rate: str) -> bool:
    """Whether two amounts of a row are a base and the tax on it."""
    numbers = [
        number
        for cell in row.cells
        for found in _NUMBER.findall(cell.text)
        if (number := parse_number(found, ",")[0]) is not None
    ]
    factor = Decimal(rate.replace(",", ".")) / 100
    return factor > 0 and any(
        abs(base * factor - tax) <= Decimal("0.011") for base, tax in combinations(numbers, 2) if base > 1
    )

"""From a read document to its fields: every candidate found, one chosen for each field."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from runs.agents.extraction.amounts import CURRENCIES, CURRENCY_MENTION, find_amounts, write_amount
from runs.agents.extraction.candidates import Candidate, field_of
from runs.agents.extraction.conventions import Conventions, conventions_of, with_cells
from runs.agents.extraction.dates import find_dates
from runs.agents.extraction.details import find_details
from runs.agents.extraction.fields import LABELS, Field
from runs.agents.extraction.owners import find_owners, merged
from runs.agents.extraction.pairing import labels_on
from runs.agents.extraction.parties import find_parties
from runs.agents.extraction.rates import find_rates
from runs.agents.extraction.rows import Cell, Sheet, Spot, fold, sheet_of
from runs.agents.extraction.stated import find_hash_numbers, find_numbers, find_stated_dates
from runs.agents.extraction.table_fields import ExtractedTable
from runs.agents.extraction.tables import find_tables, line_sums, with_sums
from runs.agents.extraction.terms import find_periods, find_terms
from runs.agents.extraction.totals import choose_totals
from runs.documents import Reading

MAX_OF_A_NAME = 50
"""More values of one name than this are not listed."""

Step = Callable[[str], None]

_SEVERAL = frozenset(
    (
        "date",
        "amount",
        "vat_id",
        "tax_id",
        "company_number",
        "iban",
        "bic",
        "email",
        "phone",
        "fax",
        "url",
        "party",
        "tax_rate",
    )
)
_INVOICE = re.compile(
    r"(?<![a-z])(?:invoices?|[a-z]{0,16}rechnung(?:s\w+)?|faktura\w*|fatura|factures?|facturation|factuur\w*"
    r"|factur(?:a|en|as)|fattur[ae]|receipt|"
    r"quittung|credit note|gutschrift|bill(?: to|ing| date| number| no))(?![a-z])"
)
_INVOICE_PAGES = 2
_INVOICE_NUMBERS = frozenset(("invoice_number", "credit_note_number"))
_LONGEST_HEADING = 60
_PLACE = re.compile(r"(?:[A-ZÀ-Ý][\w.\- ]{2,30},? ?(?:den|le|il|am|de|a)?)?")
_SECTION_LIKE = re.compile(r"\d\d-\d\d-\d\d")  # 22-10-02 is a part number as often as a date


class Extraction(NamedTuple):
    """What a document states."""

    fields: list[Field]
    tables: list[ExtractedTable]


def extract(reading: Reading, *, step: Step | None = None) -> Extraction:
    """Find the values a document states, each with its place, in the order of ``fields.LABELS``, and its tables.

    At most ``MAX_OF_A_NAME`` values of each name. ``step`` is told, in a few words, what is
    being looked for; what it raises passes through.
    """
    say = step or (lambda text: None)
    say("Finding rows and columns")
    conventions = document_conventions(reading)
    sheets = [sheet_of(page) for page in reading.pages if page.text]
    conventions = with_cells(conventions, (cell.folded for sheet in sheets for cell in sheet.cells()))
    tables = find_tables(reading, sheets, conventions)
    labelled = [label for sheet in sheets for label in labels_on(sheet)]
    say("Looking for account, tax and contact details")
    candidates = list(find_details(sheets, labelled))
    say("Looking for numbers and dates")
    candidates += find_numbers(labelled, conventions)
    candidates += find_hash_numbers(sheets)
    candidates += find_stated_dates(labelled, conventions)
    say("Looking for amounts")
    totals = choose_totals(sheets, labelled, conventions, line_sums(tables))
    candidates += totals
    candidates += _currency(sheets, totals, conventions)
    candidates += find_rates(sheets)
    candidates += find_periods(sheets, conventions)
    say("Looking for parties")
    is_invoice = _is_invoice(sheets, candidates)
    parties = find_parties(sheets, is_invoice=is_invoice)
    candidates += merged(find_owners(sheets, parties), parties) if is_invoice else parties
    if is_invoice:
        candidates += _only_date(sheets, candidates, conventions)
        candidates += list(find_terms(sheets, candidates))
    else:
        candidates = [_as_plain_date(candidate) for candidate in candidates]
    if not is_invoice or not totals:
        candidates += _unlabelled(sheets, candidates, conventions)
    sureness = {page.number: page.ocr_confidence for page in reading.pages}
    fields = [_as_sure_as(sureness, field_of(candidate)) for candidate in _chosen(candidates)]
    return Extraction(fields, with_sums(tables, totals))


def extract_fields(reading: Reading, *, step: Step | None = None) -> list[Field]:
    """Find the values a document states, as ``extract`` does."""
    return extract(reading, step=step).fields


def document_conventions(reading: Reading) -> Conventions:
    """Tell how a document writes numbers and dates."""
    return conventions_of(_unaccented(page.text) for page in reading.pages)


def _unaccented(text: str) -> str:
    return "".join(
        folded.upper() if original.isupper() and folded.isascii() else folded
        for original, folded in zip(text, fold(text), strict=True)
    )


def _as_sure_as(sureness: Mapping[int, float | None], field: Field) -> Field:
    """A value that stands on a picture is at most as sure as the recognition of its page's words."""
    recognition = sureness[field.page]
    if recognition is None:
        return field
    return field.model_copy(update={"confidence": round(field.confidence * recognition, 2)})


def _is_invoice(sheets: Sequence[Sheet], candidates: Sequence[Candidate]) -> bool:
    """Whether the document is an invoice: by its number, its net total and tax, or what a heading calls it."""
    if any(candidate.name in _INVOICE_NUMBERS and candidate.confidence > 0.8 for candidate in candidates):
        return True
    names = {candidate.name for candidate in candidates}
    if {"total", "net_total", "tax_total"} <= names and names & {"vat_id", "tax_id", "iban", "due_date"}:
        return True
    return any(
        len(cell.text) <= _LONGEST_HEADING and not cell.text.endswith((".", ",", ";")) and _INVOICE.search(cell.folded)
        for sheet in sheets[:_INVOICE_PAGES]
        for cell in sheet.cells()
    )


def _as_plain_date(candidate: Candidate) -> Candidate:
    return replace(candidate, name="date") if candidate.name == "invoice_date" else candidate


def _chosen(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Keep the best candidate of each name that a document has once, and the different ones of the others."""
    order = {name: index for index, name in enumerate(LABELS)}
    best: dict[tuple[str, str], Candidate] = {}
    for candidate in candidates:
        key = (candidate.name, candidate.value if candidate.name in _SEVERAL else "")
        if key not in best or candidate.confidence > best[key].confidence + 0.001:
            best[key] = candidate
    counts: Counter[str] = Counter()
    listed = []
    for candidate in sorted(best.values(), key=lambda item: (order[item.name], item.spot.sheet.page.number)):
        counts[candidate.name] += 1
        if counts[candidate.name] <= MAX_OF_A_NAME:
            listed.append(candidate)
    return listed


def _only_date(sheets: Sequence[Sheet], candidates: Sequence[Candidate], conventions: Conventions) -> list[Candidate]:
    """Give the invoice's date where no label names it.

    It is the only date that stands alone, or behind a place, in the upper part of the
    first page; or, as on receipts, the only date of the document.
    """
    if any(candidate.name == "invoice_date" for candidate in candidates):
        return []
    dates = [
        found
        for sheet in sheets
        for row_index, row in enumerate(sheet.rows)
        for cell in row.cells
        for found in _loose_dates(sheet, row_index, cell, conventions)
    ]
    alone = [date for date in dates if date.spot.sheet is sheets[0] and _heads_letter(date)]
    if len({found.value for found in alone}) == 1:
        return [replace(alone[0], name="invoice_date", confidence=0.8)]
    if any(candidate.type == "date" for candidate in candidates) or len({found.value for found in dates}) != 1:
        return []
    return [replace(dates[0], name="invoice_date", confidence=0.6)]


def _heads_letter(date: Candidate) -> bool:
    """Whether a date is all its cell says but for a place, in the upper half of the page."""
    spot = date.spot
    rest = spot.cell.text[: spot.start] + spot.cell.text[spot.end :]
    box = spot.cell.box
    is_high = box is not None and box.top < spot.sheet.page.height / 2
    return is_high and bool(_PLACE.fullmatch(rest.strip(" .")))


def _currency(sheets: Sequence[Sheet], totals: Sequence[Candidate], conventions: Conventions) -> list[Candidate]:
    """Give the document's currency, shown by the total or else by its first mention."""
    code = next((total.currency for total in totals if total.currency), conventions.currency)
    shown = ((total.spot.sheet, total.spot.cell, 0.95) for total in totals if total.name == "total")
    mentioned = ((sheet, cell, 0.85) for sheet in sheets for cell in sheet.cells())
    for sheet, cell, confidence in (*shown, *mentioned):
        for found in CURRENCY_MENTION.finditer(cell.folded):
            if code and (CURRENCIES[found[0]] == code or found[0] == "$"):
                spot = Spot(sheet, cell, found.start(), found.end())
                return [Candidate("currency", "currency", code, spot, confidence)]
    return []


def _unlabelled(
    sheets: Sequence[Sheet], labelled: Iterable[Candidate], conventions: Conventions
) -> Iterator[Candidate]:
    """Give the dates and amounts of documents that are no invoices, where no label has claimed them."""
    claimed = {(candidate.value, id(candidate.spot.cell)) for candidate in labelled}
    for sheet in sheets:
        for row_index, row in enumerate(sheet.rows):
            for cell in row.cells:
                for find in (_loose_dates, _loose_amounts):
                    for candidate in find(sheet, row_index, cell, conventions):
                        if (candidate.value, id(cell)) not in claimed:
                            yield candidate


def _loose_dates(sheet: Sheet, row_index: int, cell: Cell, conventions: Conventions) -> Iterator[Candidate]:
    for date in find_dates(cell.folded, day_first=conventions.day_first):
        if _SECTION_LIKE.fullmatch(cell.folded, date.start, date.end):
            continue
        certain = date.other is None or conventions.day_first_is_certain
        spot = Spot(sheet, cell, date.start, date.end, row_index)
        yield Candidate("date", "date", date.date.isoformat(), spot, 0.8 if certain else 0.5)


def _loose_amounts(sheet: Sheet, row_index: int, cell: Cell, conventions: Conventions) -> Iterator[Candidate]:
    for amount in find_amounts(cell.folded, decimal=conventions.decimal, spaced=conventions.spaced_thousands):
        if amount.currency:
            spot = Spot(sheet, cell, amount.start, amount.end, row_index)
            yield Candidate("amount", "amount", write_amount(amount.value), spot, 0.8, amount.currency)

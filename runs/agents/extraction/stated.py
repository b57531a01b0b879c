"""The numbers and dates a document states beside their labels."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from runs.agents.extraction.amounts import find_amounts
from runs.agents.extraction.candidates import RELATION_WEIGHTS, Candidate
from runs.agents.extraction.conventions import Conventions
from runs.agents.extraction.dates import DateFound, find_dates
from runs.agents.extraction.details import NAMES as DETAILS
from runs.agents.extraction.identifiers import find_ibans, is_card_number
from runs.agents.extraction.pairing import Labelled, Place, places_for
from runs.agents.extraction.rows import Sheet, Spot

_WEAK = 0.75
_BARE = 0.5
_IN_FORM = 0.85
_IN_TITLE = 0.95
_VAGUE = 0.8
_LONGEST_HEADING = 45
_SENTENCE = 80
_DATE_REACH = {"weak": 4, "form": 30, "sentence": 12}
_NUMBER = re.compile(
    r"[\s:.#°=\-\u00b7|(\[]{0,6}(?P<value>(?:[A-Za-z]{1,6}[ ./-]{1,3})?[A-Za-z0-9][A-Za-z0-9./_\\\u2013-]{0,39}"
    r"(?: \d{2,}(?![./,]\d))*)"
)
_PERIOD_AFTER = re.compile(r"\s*(?:-|bis|to|au|al|tot|t/m|a|do)\s*\d{1,2}[./ -]")
_HASH = re.compile(r"(?:#|[Nn][°º]|No\.?|Nr\.?)\s?(?P<value>[A-Za-z0-9][\w./-]*\d[\w./-]*|\d+)")
_INVOICE_WORD = re.compile(r"(?<![a-z])(?:invoice|rechnung|facture|factuur|factura|fattura|fatura|faktura)(?![a-z])")
_REDUCED = re.compile(
    r"[\s(]{0,2}(?:mit |with |avec |met |con |abzgl\w*\.? )?\d+(?:[.,]\d+)? ?%"
    r" ?(?:skonto|discount|escompte|korting|sconto)?"
)
_FILLER_WORDS = (
    "am den dem der vom zum bis on is the of by le la du au el il al del de op dia d het a to until before and or "
    "spatestens monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag freitag "
    "samstag sonntag lundi mardi mercredi jeudi vendredi mo di mi do fr sa so mon tue wed thu fri sat sun utc"
)
_FILLERS = frozenset(_FILLER_WORDS.split())
_BARE_DATE_WORDS = frozenset(("date", "datum", "fecha", "data", "dated"))
_INVOICE_BEFORE = re.compile(r"(?:invoice|rechnung\w*|facture|factuur\w*|factura|fattura|bill|n[ro°]\.?)\b.{0,40}$")


def find_numbers(labelled: Sequence[Labelled], conventions: Conventions) -> Iterator[Candidate]:
    """Give the numbers of documents, customers, orders … that follow their labels."""
    for label in labelled:
        rule = label.found.label
        if rule.type != "identifier" or rule.name in DETAILS:
            continue
        weak = rule.strength < _WEAK
        for place in places_for(label):
            if weak and not _weak_number_fits(label, place):
                break
            found = _number(place, conventions, weak)
            if found is not None and (place.relation == "inside" or _is_form(label, place, *found)):
                spot = label.spot(place, *found)
                strength = rule.strength
                if weak and (place.relation == "below" or _is_title(label, place, *found)):
                    strength = _IN_FORM if place.relation == "below" else _IN_TITLE
                confidence = 0.96 * strength * RELATION_WEIGHTS[place.relation] * _order_weight(label)
                yield Candidate(rule.name, "identifier", spot.raw, spot, confidence)
                break


def find_hash_numbers(sheets: Sequence[Sheet]) -> Iterator[Candidate]:
    """Give the invoice's number where it stands below or beside the bare title, as in "INVOICE" and "# 1042"."""
    for sheet in sheets[:1]:
        for row_index, row in enumerate(sheet.rows):
            for cell in row.cells:
                match = _HASH.fullmatch(cell.text)
                if not match:
                    continue
                around = [other for near in sheet.rows[max(0, row_index - 2) : row_index + 1] for other in near.cells]
                if any(_INVOICE_WORD.fullmatch(other.folded.strip(" :")) for other in around):
                    spot = Spot(sheet, cell, *match.span("value"), row_index)
                    yield Candidate("invoice_number", "identifier", spot.raw, spot, 0.85)


def find_stated_dates(labelled: Sequence[Labelled], conventions: Conventions) -> Iterator[Candidate]:
    """Give the dates of invoicing, payment, delivery … that follow their labels."""
    for label in labelled:
        rule = label.found.label
        if rule.type != "date":
            continue
        weak = rule.strength < _WEAK
        reach = _DATE_REACH["weak" if weak else "form" if label.opens_cell else "sentence"]
        for place in places_for(label):
            if weak and not _weak_date_fits(label, place):
                continue
            found = _first_date(place, conventions, after_reduction=rule.name == "due_date")
            first = _first_date(place, conventions)
            is_later = found is not None and first is not None and found.start > first.start
            if found is None or found.start > (_SENTENCE if is_later else reach):
                continue
            if place.relation == "below" and _heads_column(label, place, conventions):
                continue
            spot = label.spot(place, place.start + found.start, place.start + found.end)
            if rule.name == "delivery_date" and _opens_period(place, found):
                break
            certain = found.other is None or conventions.day_first_is_certain
            confidence = 0.96 * (0.8 if weak else rule.strength) * (1 if certain else 0.75)
            confidence *= RELATION_WEIGHTS[place.relation] * _order_weight(label)
            if not is_later and _says_more(place, found):
                confidence *= 0.6  # "invoice date of the order it refers to"
            yield Candidate(rule.name, "date", found.date.isoformat(), spot, confidence)
            break


def _opens_period(place: Place, found: DateFound) -> bool:
    """Whether a date is the first of two: what was delivered from one day to another has no one date."""
    return bool(_PERIOD_AFTER.match(place.cell.folded, place.start + found.end))


def _says_more(place: Place, found: DateFound) -> bool:
    """Whether words stand between label and date that make the label another one."""
    between = place.cell.folded[place.start : place.start + found.start] if place.relation == "inside" else ""
    return any(word not in _FILLERS for word in re.findall(r"[a-z]+", between))


def _weak_number_fits(label: Labelled, place: Place) -> bool:
    """Whether a bare "invoice" or "number" may name the invoice's number: it opens its cell, and the number follows.

    A bare "number" may also be a cell of its own, left of the number's.
    """
    is_bare_number = label.found.label.strength <= _BARE
    if place.relation == "right":
        return is_bare_number and label.opens_cell and not label.cell.text[label.found.end :].strip(" :.")
    if place.relation == "below":
        alone = label.opens_cell and not label.cell.text[label.found.end :].strip(" :.")
        return is_bare_number and alone and _speaks_of_invoice(label)
    return not is_bare_number or (label.opens_cell and place.cell.text[place.start :].lstrip().startswith(":"))


def _is_title(label: Labelled, place: Place, start: int, end: int) -> bool:
    """Whether a cell says nothing but "Invoice" and a number that is no year."""
    cell = place.cell
    rest = cell.text[: label.found.start] + cell.text[label.found.end : start] + cell.text[end:]
    digits = re.sub(r"\D", "", cell.text[start:end])
    is_year = len(digits) == 4 and cell.text[start:end].startswith(("19", "20")) and end - start == 4
    is_named = label.found.label.strength > _BARE
    return (
        is_named and place.relation == "inside" and not any(map(str.isalnum, rest)) and len(digits) > 3 and not is_year
    )


def _speaks_of_invoice(label: Labelled) -> bool:
    """Whether a cell in the row of a label, or in the one below, calls the document an invoice."""
    rows = label.sheet.rows[label.row_index : label.row_index + 2]
    return any(_INVOICE_WORD.search(cell.folded) for row in rows for cell in row.cells)


def _is_form(label: Labelled, place: Place, start: int, end: int) -> bool:
    """Whether label and number are cells of a form: a short cell, and one that holds nothing else."""
    rest = place.cell.text[:start] + place.cell.text[end:]
    alone = not any(map(str.isalnum, rest)) or place.relation == "right"
    sure = label.found.label.strength > _VAGUE or label.opens_cell
    return sure and alone and len(label.cell.text) <= _LONGEST_HEADING


def _number(place: Place, conventions: Conventions, weak: bool) -> tuple[int, int] | None:
    """Give where the number stands that a place begins with: it has a digit, and is no date and no amount."""
    match = _NUMBER.match(place.cell.text, place.start, place.end)
    if match is None:
        return None
    value = match["value"].rstrip("./_\\")
    start = match.start("value")
    folded = place.cell.folded[start : place.end]
    if not _is_number(value, 4 if weak else 2) or _proves_otherwise(value) or _opens_with_value(folded, conventions):
        return None
    return start, start + len(value)


def _is_number(value: str, shortest: int) -> bool:
    if value.endswith(("-", "\u2013")):
        return False  # it goes on in the next line
    words = value.split()
    if not words or not any(map(str.isdigit, words[-1])):
        return False
    if len(words) > 1 and not any(map(str.isdigit, words[0])) and len(words[0]) > 4:
        return False
    return len(value) >= shortest and sum(map(str.isdigit, value)) >= len(value) / 5


def _proves_otherwise(value: str) -> bool:
    """Whether the number is a payment card's or an IBAN, which are not a document's own."""
    return is_card_number(value) or next(find_ibans(value), None) is not None


def _opens_with_value(folded: str, conventions: Conventions) -> bool:
    """Whether a text begins with a date or with an amount of money."""
    if any(found.start == 0 for found in find_dates(folded, day_first=conventions.day_first)):
        return True
    amounts = find_amounts(folded, decimal=conventions.decimal, spaced=False)
    return any(found.start == 0 and found.is_money for found in amounts)


def _first_date(place: Place, conventions: Conventions, *, after_reduction: bool = False) -> DateFound | None:
    """Give the first date of a place; of a due date the one after that until which a reduction is granted."""
    text = place.cell.folded[place.start : place.end]
    dates = find_dates(text, day_first=conventions.day_first)
    if after_reduction and len(dates) > 1 and _REDUCED.match(text, dates[0].end):
        return dates[1]
    return dates[0] if dates else None


def _weak_date_fits(label: Labelled, place: Place) -> bool:
    """Whether a word like "date" or "vom" may name the invoice's date.

    It may where it is all its cell says before the date, or follows the invoice's number.
    """
    cell, found = label.cell, label.found
    before = cell.folded[: found.start].strip()
    if place.relation != "inside":
        return not before and not cell.folded[found.end :].strip(" :.") and found.end - found.start > 3
    if not before:
        return cell.folded[found.start : found.end] in _BARE_DATE_WORDS
    return bool(_INVOICE_BEFORE.search(before))


def _heads_column(label: Labelled, place: Place, conventions: Conventions) -> bool:
    """Whether the label heads a column of a table: more dates follow below the first."""
    box = place.cell.box
    for row in label.sheet.rows[place.row_index + 1 : place.row_index + 3]:
        for cell in row.cells:
            if box is None or cell.box is None or cell.box.left >= box.right or cell.box.right <= box.left:
                continue
            return any(date.start == 0 for date in find_dates(cell.folded, day_first=conventions.day_first))
    return False


def _order_weight(label: Labelled) -> float:
    """Prefer what stands earlier, a little."""
    return float(0.9995 ** min(label.row_index, 60) * 0.98 ** min(label.sheet.page.number - 1, 3))

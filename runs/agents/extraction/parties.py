"""Who sells and who buys: named by a label, or a company whose form of law and addresses give it away."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from runs.agents.extraction.candidates import Candidate
from runs.agents.extraction.contacts import find_contacts
from runs.agents.extraction.labels import find_labels
from runs.agents.extraction.roles import ROLES
from runs.agents.extraction.rows import Cell, Sheet, Spot, fold

_NAMED = ("buyer", "seller")
_PREFIX = re.compile(
    r"^\W*(?:(?:attn|attention|name|company(?: name)?|firma|nom|naam|nombre|nome|z\.? ?hd\.?|c/o|t\.a\.v\.?|mr|mrs)"
    r"\b[\s:.]{1,4})",
    re.IGNORECASE,
)
NO_NAME = re.compile(
    r"^(?:bank\b|ifsc|address|adresse|adres\b|indirizzo|direccion|anschrift|phone|e-?mail|number|no\b|nr\b|details?"
    r"|ship"
    r"|shipping|delivery|liefer|date|page|"
    r"to\b|not\b|id\b|service|support|portal|account|care|reference|is\b|has\b|shall\b|may\b|will\b|and\b|or\b"
    r"|with\b)",
    re.IGNORECASE,
)
_NAME_WORD = r"(?:[A-ZÀ-Ý0-9][\w&.'\u2019/+-]{0,60}|&|de|del|della|van|von|of|and|und|et)"
LEGAL_FORM = re.compile(
    rf"(?<![\w-])(?P<name>[A-ZÀ-Ý0-9][\w&.'\u2019/+-]{{0,60}},?(?: {_NAME_WORD},?){{0,5}}? "
    r"(?:GmbH(?: & Co\.? KG)?|AG|KG|OHG|UG|e\.K\.|B\.?V\.?|N\.?V\.?|S\.?A\.?S\.?|S\.?A\.?R\.?L\.?|S\.?A\.?|EURL|"
    r"S\.?r\.?l\.?|S\.?p\.?A\.?|S\.?n\.?c\.?|S\.?L\.?U?\.?|[Ss]p\. ?z ?o\.? ?o\.?|Lda\.?|(?:Pvt\.? |Pty\.? )?Ltd\.?"
    r"|(?:Private )?Limited|PLC|plc|"
    r"LLP|LLC|Inc\.?|Corp\.?|ApS|A/S|AS|AB|Oy))(?![\w&-])"
)
_ISSUER_PAGES = 2


def find_parties(sheets: Sequence[Sheet], *, is_invoice: bool) -> list[Candidate]:
    """Give the seller and the buyer; of a document that is no invoice, the companies it opens with.

    Who is not named by a label is less sure.
    """
    labelled = list(_labelled(sheets))
    known = {party.value for party in labelled}
    if not is_invoice:
        return [*labelled, *_companies(sheets[:_ISSUER_PAGES], known)]
    if any(party.name == "seller" for party in labelled):
        return labelled
    return [*labelled, *_issuer(sheets[:_ISSUER_PAGES], known)]


def _companies(sheets: Sequence[Sheet], known: set[str]) -> Iterator[Candidate]:
    for sheet in sheets:
        for row_index, row in enumerate(sheet.rows):
            for cell in row.cells:
                for match in LEGAL_FORM.finditer(cell.text):
                    if match["name"] not in known:
                        spot = Spot(sheet, cell, *match.span("name"), row_index)
                        yield Candidate("party", "party", spot.raw, spot, 0.6)


def _issuer(sheets: Sequence[Sheet], others: set[str]) -> list[Candidate]:
    """Give the company that opens a cell, preferring one whose name is in an address of the document."""
    domains = {
        re.sub(r"\W", "", contact.value.lower())
        for sheet in sheets
        for cell in sheet.cells()
        for contact in find_contacts(cell.text, cell.folded)
        if contact.name in ("email", "url")
    }
    found: list[tuple[float, Spot]] = []
    for sheet in sheets:
        for row_index, row in enumerate(sheet.rows):
            for cell in row.cells:
                match = LEGAL_FORM.match(cell.text)
                if match and match["name"] not in others:
                    key = re.sub(r"\W", "", fold(match["name"].split()[0]))
                    own = len(key) > 2 and any(key in domain for domain in domains)
                    found.append((0.7 if own else 0.5, Spot(sheet, cell, 0, match.end("name"), row_index)))
    best = max(found, key=lambda item: item[0], default=None)
    return [] if best is None else [Candidate("seller", "party", best[1].raw, best[1], best[0])]


def _labelled(sheets: Sequence[Sheet]) -> Iterator[Candidate]:
    """Give the parties named after, beside or below the word that says so."""
    for sheet in sheets:
        for row_index, row in enumerate(sheet.rows):
            for column, cell in enumerate(row.cells):
                for name in _NAMED:
                    match = ROLES[name].match(cell.folded)
                    if match:
                        yield from _party(name, sheet, row_index, column, match.end())


def _party(name: str, sheet: Sheet, row_index: int, column: int, end: int) -> Iterator[Candidate]:
    cell = sheet.rows[row_index].cells[column]
    rest = cell.text[end:]
    if re.match(r"\s*:\s*\S", rest):
        places = [(row_index, cell, end, 0.85)]
    elif rest.strip(" :.()"):
        return  # the word opens a sentence
    else:
        places = [*_below(sheet, row_index, column), *_right(sheet, row_index, column)]
    for place_row, place, start, confidence in places:
        named = place if place is cell else _beside_name_label(sheet, place_row, place)
        span = _name_span(named, start)
        if span:
            spot = Spot(sheet, named, *span, place_row)
            yield Candidate(name, "party", spot.raw, spot, confidence)
            return


def _right(sheet: Sheet, row_index: int, column: int) -> Iterator[tuple[int, Cell, int, float]]:
    for cell in sheet.rows[row_index].cells[column + 1 : column + 2]:
        yield row_index, cell, 0, 0.8


def _below(sheet: Sheet, row_index: int, column: int) -> Iterator[tuple[int, Cell, int, float]]:
    cell = sheet.rows[row_index].cells[column]
    for below_index in range(row_index + 1, min(row_index + 3, len(sheet.rows))):
        cells = sheet.rows[below_index].cells
        if cell.box is None:
            if below_index == row_index + 1:
                yield below_index, cells[min(column, len(cells) - 1)], 0, 0.75
            continue
        for other in cells:
            if other.box is None:
                continue
            near = other.box.top - cell.box.bottom < 3 * (cell.box.bottom - cell.box.top)
            if near and other.box.left < cell.box.right and other.box.right > cell.box.left:
                yield below_index, other, 0, 0.85


def _beside_name_label(sheet: Sheet, row_index: int, cell: Cell) -> Cell:
    """Give the cell right of one that only says "Name:", else the cell itself."""
    cells = sheet.rows[row_index].cells
    match = _PREFIX.match(f"{cell.text} ")
    if match and match.end() >= len(cell.text):
        return next((other for before, other in pairwise(cells) if before is cell), cell)
    return cell


def _name_span(cell: Cell, start: int) -> tuple[int, int] | None:
    """Give where a name stands in a cell, None where what stands there is none."""
    end = len(cell.text)
    while start < end and not cell.text[start].isalnum():
        start += 1
    prefix = _PREFIX.match(cell.text[start:])
    if prefix:
        start += prefix.end()
    for found in find_labels(cell.folded):
        if found.label.strength > 0.6 and found.start >= start:
            end = min(end, found.start)
    name = re.split(r"\s[-|\u2022\u00b7]\s|,\s(?=\d)|;", cell.text[start:end])[0].rstrip(" ,:-")
    if name.count(")") > name.count("("):
        name = name.rstrip(" )")
    letters = sum(map(str.isalpha, name))
    if letters < 3 or letters < len(name) / 2 or len(name) > 80 or cell.text.endswith(":") or NO_NAME.match(name):
        return None
    return start, start + len(name)

"""Account, tax and contact details: what proves itself, and what a label vouches for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from stdnum.us import rtn

from runs.agents.extraction.candidates import RELATION_WEIGHTS, Candidate
from runs.agents.extraction.contacts import find_contacts
from runs.agents.extraction.fields import FieldType
from runs.agents.extraction.identifiers import (
    IdentifierFound,
    british_vat,
    find_bics,
    find_gstins,
    find_ibans,
    find_vat_ids,
    italian_vat,
)
from runs.agents.extraction.pairing import Labelled, Place, places_for
from runs.agents.extraction.rows import Cell, Sheet, Spot

NAMES = frozenset(
    ("iban", "bic", "vat_id", "tax_id", "company_number", "sort_code", "bank_code", "routing_number", "account_number")
)
"""The labels whose values are read here."""

_BARE_NUMBER = re.compile(
    r"[\s:.#°=\-|]{0,6}(?:no\b\.?\s?)?(?P<value>[A-Z]{0,4}[ -]?\d[\dA-Z]*(?:[ ./-][\dA-Z]*\d[\dA-Z]*)*)"
)
_SORT_CODE = re.compile(r"\W{0,6}(\d{2}[ -]?\d{2}[ -]?\d{2})(?!\d)")
_BANK_CODE = re.compile(r"\W{0,6}(\d{3} ?\d{3} ?\d{2}|\d{5})(?![\d])")
_ROUTING = re.compile(r"\W{0,6}(\d{3}[ -]?\d{3}[ -]?\d{3})(?!\d)")
_REACH = 24
_CONTACT_TYPES: dict[str, FieldType] = {"email": "email", "url": "url", "phone": "phone", "fax": "phone"}


def find_details(sheets: Sequence[Sheet], labelled: Sequence[Labelled]) -> Iterator[Candidate]:
    """Give a document's account, tax and company numbers and its contacts."""
    for sheet in sheets:
        for row_index, row in enumerate(sheet.rows):
            for cell in row.cells:
                yield from _proved(sheet, row_index, cell)
                yield from _contacts(sheet, row_index, cell)
    for label in labelled:
        if label.found.label.name in NAMES:
            vouched = (_vouched(label, place) for place in places_for(label))
            yield from [found for found in vouched if found is not None][:1]


def _proved(sheet: Sheet, row_index: int, cell: Cell) -> Iterator[Candidate]:
    if sum(map(str.isdigit, cell.text)) < 7:
        return
    for name, find in (("iban", find_ibans), ("vat_id", find_vat_ids), ("tax_id", find_gstins)):
        for found in find(cell.text):
            if found.proved:
                spot = Spot(sheet, cell, found.start, found.end, row_index)
                yield Candidate(name, "identifier", found.value, spot, 0.97)


def _contacts(sheet: Sheet, row_index: int, cell: Cell) -> Iterator[Candidate]:
    for contact in find_contacts(cell.text, cell.folded):
        spot = Spot(sheet, cell, contact.start, contact.end, row_index)
        yield Candidate(contact.name, _CONTACT_TYPES[contact.name], contact.value, spot, contact.confidence)


def _vouched(label: Labelled, place: Place) -> Candidate | None:
    """Read the identifier beside a label that names its kind."""
    name = label.found.label.name
    text = place.cell.text[place.start : place.end]
    found, weight = _read(name, text)
    if found is None or found.start > _REACH:
        return None
    spot = label.spot(place, place.start + found.start, place.start + found.end)
    return Candidate(name, "identifier", found.value, spot, weight * RELATION_WEIGHTS[place.relation])


def _read(name: str, text: str) -> tuple[IdentifierFound | None, float]:
    if name == "bic":
        return next(find_bics(text), None), 0.95
    if name == "vat_id":
        found = next(find_vat_ids(text), None) or _without_country(text)
        return found, 0.95 if found and found.proved else 0.6
    if name == "sort_code":
        return _formed(_SORT_CODE, text), 0.95
    if name == "bank_code":
        return _formed(_BANK_CODE, text), 0.95
    if name == "routing_number":
        found = _formed(_ROUTING, text)
        return found, 0.97 if found and rtn.is_valid(found.value) else 0.6
    if name == "account_number":
        return _bare_number(text, 5), 0.9
    if name in ("tax_id", "company_number"):
        return _bare_number(text), 0.85
    return None, 0.0  # an IBAN proves itself or is none


def _without_country(text: str) -> IdentifierFound | None:
    """Read an Italian or British VAT number written without its country."""
    match = re.match(r"\W{0,6}(\d{11}|\d{3} ?\d{4} ?\d{2})(?!\s?\d)", text)
    value = (italian_vat(match[1]) or british_vat(match[1])) if match else None
    return IdentifierFound(match.start(1), match.end(1), value) if match and value else None


def _formed(pattern: re.Pattern[str], text: str) -> IdentifierFound | None:
    match = pattern.match(text)
    return IdentifierFound(*match.span(1), re.sub(r"\D", "", match[1])) if match else None


def _bare_number(text: str, fewest_digits: int = 4) -> IdentifierFound | None:
    match = _BARE_NUMBER.match(text)
    if match is None:
        return None
    value = re.sub(r"\s", "", match["value"])
    if sum(map(str.isdigit, value)) < fewest_digits:
        return None
    return IdentifierFound(match.start("value"), match.end("value"), value)

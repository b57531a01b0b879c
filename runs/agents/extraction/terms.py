"""Until when an invoice is to be paid, where it says so in days; and the period it is for."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from runs.agents.extraction.candidates import Candidate
from runs.agents.extraction.conventions import Conventions
from runs.agents.extraction.dates import MONTHS, DateFound, find_dates
from runs.agents.extraction.rows import Cell, Row, Sheet, Spot

_LABEL = re.compile(
    r"^\W*(?:payment terms|terms of payment|payment conditions?|terms|zahlungs(?:bedingung(?:en)?|konditionen|ziel)"
    r"|zahlbedingung(?:en)?"
    r"|conditions? de (?:paiement|reglement)|modalites? de (?:paiement|reglement)|betalings(?:conditie|voorwaarde)s?"
    r"|betaaltermijn"
    r"|betalingstermijn|(?:condiciones|forma|plazo) de pago|(?:condizioni|termini|modalita) di pagamento"
    r"|condic[oõ]es de pagamento"
    r"|termin platnosci|betalningsvillkor)\s*(?:[:.]|$|(?=\d))"
)
_DAYS = re.compile(
    r"(?P<days>\d{1,3})\s?(?:(?:calendar|kalender|business|working)[ -]?)?(?:days?|tagen?|tage|jours?|j\b|dagen"
    r"|dias?|giorni|gg\b|dni|dagar)"
)
_TERMS = re.compile(
    r"(?:payable|pay(?:ment)?(?: is)?(?: due)?|due|net|zahlbar|zahlung|zahlungsziel|fallig|uberweis\w+|begleich\w+"
    r"|a regler|payable|paiement"
    r"|reglement|solde|betal\w+|te voldoen|voldoen|overmaken|pago|pagar|pagadero|pagamento|pagare|bonifico|platn\w+"
    r"|betalas|terms)"
    rf"[^.;\n]{{0,60}}?{_DAYS.pattern.replace('?P<days>', '?:')}|\bnet \d{{1,3}}\b"
)
_NET = re.compile(r"\bnet (?P<days>\d{1,3})\b(?! ?days?)")
_REDUCTION = re.compile(r"%|skonto|escompte|discount|korting|descuento|sconto|rabat")
_NOT_COUNTED = re.compile(
    r"end of (?:the )?month|eom|fin de mois|monatsende|einde (?:van de )?maand|fin de mes|fine mese|working|business"
    r"|werktag|ouvre"
    r"|late|overdue|interest|verzug|retard|mahn|objection|reclam|complain|einspruch|ruckgabe|return|widerruf"
)
_PERIOD = re.compile(
    r"(?<![a-z])(?:liefer-?datum|leistungs-?datum|(?:delivery|service|supply) date|date de (?:livraison|prestation)"
    r"|(?:billing|service|invoice|delivery|performance|subscription|usage|statement) (?:period|dates?)"
    r"|period(?: of service| covered)?"
    r"|leistungszeitraum|abrechnungszeitraum|rechnungszeitraum|lieferzeitraum|abrechnungsmonat|zeitraum(?: vom"
    r"| von)?|periode(?: de facturation)?|periode d'abonnement"
    r"|factuurperiode|(?:facturatie)?periode|periodo(?: di (?:riferimento|fatturazione)| de facturacion)?"
    r"|okres(?: rozliczeniowy)?)(?![a-z])"
)
_BETWEEN = re.compile(
    r"^\s*(?:-|to|until|through|thru|bis(?: zum)?|au|jusqu'au|tot(?: en met)?|t/m|al|hasta(?: el)?|a|do|till?)\s*$"
)
_SHORT_BEFORE = re.compile(
    r"(?:(?P<month>[a-z]{3,10})\.?\s+(?P<day>\d{1,2})"
    r"|(?P<first>\d{1,2})\.?\s*(?P<name>[a-z]{3,10})?\.?(?P<numeric>\d{1,2}\.)?)"
    r"\s*(?:-|to|bis|au|tot|t/m|al|until|through)\s*$"
)
_LONGEST = 160


def find_terms(sheets: Sequence[Sheet], found: Sequence[Candidate]) -> Iterator[Candidate]:
    """Give the payment terms, and the due date they make where no date is stated: days after the invoice's date."""
    terms = [term for sheet in sheets for term in _terms(sheet)]
    if not terms:
        return
    best = max(terms, key=lambda term: term.confidence)
    yield best
    if any(candidate.name == "due_date" for candidate in found):
        return
    invoiced = [candidate for candidate in found if candidate.name == "invoice_date" and candidate.confidence >= 0.7]
    if not invoiced:
        return
    counts = [made for term in terms if (made := _days(term.spot)) is not None]
    if len({days for days, _ in counts}) == 1:
        days, spot = counts[0]
        date = max(invoiced, key=lambda candidate: candidate.confidence)
        due = datetime.date.fromisoformat(date.value) + datetime.timedelta(days)
        yield Candidate("due_date", "date", due.isoformat(), spot, min(0.8, date.confidence))


def _terms(sheet: Sheet) -> Iterator[Candidate]:
    for row_index, row in enumerate(sheet.rows):
        for column, cell in enumerate(row.cells):
            label = _LABEL.match(cell.folded)
            if label:
                yield from _labelled(sheet, row_index, row, column, label.end())
                continue
            said = _TERMS.search(cell.folded)
            if said and not _NOT_COUNTED.search(cell.folded):
                start, end = _sentence(cell, said.start(), said.end())
                yield Candidate(
                    "payment_terms",
                    "text",
                    cell.text[start:end].strip(),
                    Spot(sheet, cell, start, end, row_index),
                    0.75,
                )


def _labelled(sheet: Sheet, row_index: int, row: Row, column: int, end: int) -> Iterator[Candidate]:
    cell = row.cells[column]
    if any(map(str.isalnum, cell.text[end:])):
        start = end + len(cell.text[end:]) - len(cell.text[end:].lstrip(" :.-"))
        spot = Spot(sheet, cell, start, min(len(cell.text), start + _LONGEST), row_index)
    else:
        beside = row.cells[column + 1 : column + 2]
        if not beside or not any(map(str.isalpha, beside[0].text)):
            return
        spot = Spot(sheet, beside[0], 0, min(len(beside[0].text), _LONGEST), row_index, list(cell.words))
    if len(spot.raw) > 2 and any(map(str.isalpha, spot.raw)):
        yield Candidate("payment_terms", "text", " ".join(spot.raw.split()), spot, 0.88)


def _sentence(cell: Cell, start: int, end: int) -> tuple[int, int]:
    begin = max((cell.text.rfind(mark, 0, start) + len(mark) for mark in (". ", "; ")), default=0)
    begin = begin if begin > 1 else 0
    stop = min((place for mark in (". ", "; ") if (place := cell.text.find(mark, end)) >= 0), default=len(cell.text))
    return begin, min(stop, begin + _LONGEST)


def _days(term: Spot) -> tuple[int, Spot] | None:
    """Give the one count of days after which all is due, and where it stands; None where there are others."""
    folded = term.cell.folded[term.start : term.end]
    if _NOT_COUNTED.search(folded):
        return None
    counts: list[tuple[int, int, int]] = []
    place = 0
    for clause in re.split(r"((?<!\d)[,;/]|[,;/](?!\d)|\bor\b|\boder\b|\bou\b)", folded):
        if not _REDUCTION.search(clause):
            counts += [
                (int(match["days"]), place + match.start(), place + match.end())
                for pattern in (_DAYS, _NET)
                for match in pattern.finditer(clause)
            ]
        place += len(clause)
    if len(counts) != 1 or not 0 < counts[0][0] <= 180:
        return None
    days, start, end = counts[0]
    return days, Spot(term.sheet, term.cell, term.start + start, term.start + end, term.row_index)


# --- The period


def find_periods(sheets: Sequence[Sheet], conventions: Conventions) -> Iterator[Candidate]:
    """Give the first and the last day of the period an invoice is for."""
    for sheet in sheets:
        for row_index, row in enumerate(sheet.rows):
            for column, cell in enumerate(row.cells):
                label = _PERIOD.search(cell.folded)
                if not label:
                    continue
                for place, start in (
                    (cell, label.end()),
                    *((other, 0) for other in row.cells[column + 1 : column + 2]),
                ):
                    pair = _pair(place, start, conventions)
                    if pair:
                        labels = () if place is cell else list(cell.words)
                        for name, day in zip(("service_start", "service_end"), pair, strict=True):
                            spot = Spot(sheet, place, day.start, day.end, row_index, labels)
                            yield Candidate(name, "date", day.date.isoformat(), spot, 0.9)
                        break


def _pair(cell: Cell, start: int, conventions: Conventions) -> tuple[DateFound, DateFound] | None:
    dates = [day for day in find_dates(cell.folded, day_first=conventions.day_first) if day.start >= start]
    for first, second in pairwise(dates):
        if _BETWEEN.match(cell.folded[first.end : second.start]) and first.date <= second.date:
            return first, second
    if len(dates) == 1:
        return _without_year(cell, start, dates[0])
    return None


def _without_year(cell: Cell, start: int, second: DateFound) -> tuple[DateFound, DateFound] | None:
    """Read a period whose first day leaves out what the second one tells: "July 1 - July 31, 2014"."""
    match = _SHORT_BEFORE.search(cell.folded, start, second.start)
    if match is None:
        return None
    name = match["month"] or match["name"]
    month = (
        MONTHS.get(name, 0) if name else int(match["numeric"].rstrip(".")) if match["numeric"] else second.date.month
    )
    try:
        date = datetime.date(second.date.year, month, int(match["day"] or match["first"]))
    except ValueError:
        return None
    begin = match.start("month") if match["month"] else match.start("first")
    end = re.compile(r"\s*(?:-|to|bis|au|tot|t/m|al|until|through)\s*$").search(cell.folded, begin, second.start)
    if end is None or date > second.date:
        return None
    return DateFound(begin, end.start(), date), second

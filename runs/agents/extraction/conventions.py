"""How a document writes: its language, its decimal separator, its order of day and month, its currency.

All of it is told from evidence in the document, never from where the server stands.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from runs.agents.extraction.amounts import CURRENCIES, CURRENCY_MENTION
from runs.agents.extraction.dates import find_numeric_dates

_COMMON_WORDS = {
    "en": "the of and to in for is this that with on you your by are be or at from as it not have any invoice "
    "date due amount number address description quantity price payment total bill page please",
    "de": "der die das und ist von mit fur auf den im zu des dem eine ein nicht sie wir bei nach aus bitte rechnung "
    "betrag datum menge preis zahlung seite tel nummer kunde bezeichnung unser ihre uhr mwst summe",
    "fr": "le la les des du de et est pour une un dans au aux par sur vous votre nous ce qui que facture montant date "
    "prix paiement adresse total client numero page ou en tva ttc ht designation quantite",
    "nl": "de het een van en is voor op met te niet wij u uw bij aan zijn dat deze factuur bedrag datum aantal prijs "
    "betaling klant nummer btw omschrijving totaal artikel pagina adres",
    "es": "el la los las de del y es para por un una en con su se que no factura importe fecha precio cantidad total "
    "cliente numero pago direccion iva nif cif descripcion pagina",
    "it": "il lo la i gli le di del della e per un una in con che non si da al fattura importo data prezzo quantita "
    "totale cliente numero pagamento indirizzo iva codice descrizione pagina imponibile",
}
_DECIMAL_COMMA = frozenset(("de", "fr", "nl", "es", "it"))
_AMERICAN = re.compile(r"\b(?:[A-Z]{2} \d{5}(?:-\d{4})?|U\.?S\.?A\.?|United States|Inc\.?|LLC|Sales Tax)\b")
_NOT_AMERICAN = re.compile(
    r"£|₹|\b(?:VAT|GST|GSTIN|ABN|Ltd|Limited|Pty|United Kingdom|India|Australia|Ireland|Singapore|GBP|INR|AUD"
    r"|NZD|EUR)\b"
)
_SPACED_AMOUNT = re.compile(rf"(?<![a-z])(?:{CURRENCY_MENTION.pattern})\s?\d{{1,3}}(?: \d{{3}})+[.,]\d\d(?!\d)")
_EVIDENCE_SIZE = 200_000


@dataclass(frozen=True, slots=True)
class Conventions:
    """A document's habits. ``currency`` is None where none is mentioned."""

    language: str | None
    decimal: str
    day_first: bool
    day_first_is_certain: bool
    spaced_thousands: bool
    currency: str | None


def conventions_of(texts: Iterable[str]) -> Conventions:
    """Tell the habits of a document from its pages, given in their own case and accents folded away."""
    text = "\n".join(texts)[:_EVIDENCE_SIZE]
    folded = text.lower()
    language = guess_language(folded)
    decimal, spaced = _numbers(folded, language)
    currency = _currency(folded)
    day_first, certain = _order(text, folded, language, currency)
    return Conventions(language, decimal, day_first, certain, spaced, currency)


def guess_language(folded: str) -> str | None:
    """Guess which of six languages a text is in by its commonest words; None when there is too little to tell."""
    counts = Counter(re.findall(r"[a-z]+", folded))
    scores = {
        language: sum(min(counts[word], 50) for word in words.split()) for language, words in _COMMON_WORDS.items()
    }
    # Words that only one language has weigh more than those that several share.
    for language, words in _COMMON_WORDS.items():
        rivals = set(" ".join(other for name, other in _COMMON_WORDS.items() if name != language).split())
        scores[language] += sum(2 * min(counts[word], 50) for word in set(words.split()) - rivals)
    (best, score), (_, second) = sorted(scores.items(), key=lambda item: -item[1])[:2]
    return best if score >= 4 and score > second * 1.1 else None


def _numbers(folded: str, language: str | None) -> tuple[str, bool]:
    """Tell the decimal separator, and whether a space separates thousands."""
    comma = len(re.findall(r"(?<![\d.,])\d{1,3}(?:[. ']\d{3})*,\d{2}(?![\d.,])", folded))
    comma += 3 * len(re.findall(r"(?<![\d.,])\d{1,3}(?:\.\d{3})+,\d{2}(?!\d)", folded))
    point = len(re.findall(r"(?<![\d.,])\d{1,3}(?:[, ']\d{3})*\.\d{2}(?![\d.,])", folded))
    point += 3 * len(re.findall(r"(?<![\d.,])\d{1,3}(?:,\d{2,3})+\.\d{2}(?!\d)", folded))
    decimal = "," if comma > point or (comma == point and language in _DECIMAL_COMMA) else "."
    dotted = re.search(r"(?<![\d.,])\d{1,3}(?:[.,]\d{3})+(?:[.,]\d{2})?(?![\d.,])", folded)
    return decimal, bool(_SPACED_AMOUNT.search(folded)) or (language in ("fr", "es", None) and not dotted)


def _currency(folded: str) -> str | None:
    beside = re.compile(rf"(?:({CURRENCY_MENTION.pattern})\s?[\d-]|\d\s?({CURRENCY_MENTION.pattern}))")
    counts = Counter(CURRENCIES[found[1] or found[2]] for found in beside.finditer(folded))
    if not counts:
        counts = Counter(
            CURRENCIES[found[0]] for found in CURRENCY_MENTION.finditer(folded) if found[0] not in ("rs",)
        )
    if not counts:
        return None
    best = counts.most_common(1)[0][0]
    if best == "USD" and "usd" not in folded and "us$" not in folded:
        # A bare dollar sign belongs to whichever dollar the document names.
        for code in ("CAD", "AUD", "NZD", "HKD", "SGD", "MXN"):
            if re.search(rf"\b{code.lower()}\b", folded):
                return code
    return best


def _order(text: str, folded: str, language: str | None, currency: str | None) -> tuple[bool, bool]:
    """Tell whether days come before months, and whether a date of the document proves it."""
    votes = 0
    for first, second, separator in find_numeric_dates(folded):
        if first > 12 >= second:
            votes += 1
        elif second > 12 >= first:
            votes -= 1
        elif separator == ".":
            votes += 1
    if votes:
        return votes > 0, True
    if language not in ("en", None):
        return True, True
    american = len(_AMERICAN.findall(text)) + (currency == "USD") * 2
    return american <= len(_NOT_AMERICAN.findall(text)), False

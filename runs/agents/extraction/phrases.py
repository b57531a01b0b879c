"""What a whole phrase beside an amount calls it, where its words one by one would deceive.

"Rechnungssumme netto (excl. USt.)" names a tax, a total and what is without tax: it is the net total.
To teach another language, add its words to the groups below (folded: lower case, no accents).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple

Role = Literal["total", "net_total", "tax_total", "base", "discount", "shipping", "amount_due", "amount_paid"]


CLOSING = frozenset(("total", "net_total", "tax_total", "base", "amount_due", "amount_paid"))
"""The roles of lines that end what is charged."""


class Phrase(NamedTuple):
    """What an amount is called, and how surely."""

    role: Role
    strength: float


_TAX_WORDS = (
    r"mwst|ust|mehrwertsteuer|umsatzsteuer|steuer|versicherungs?steuer|vat|v\.a\.t|sales tax|tax|taxes|taxe|gst|hst"
    r"|pst"
    r"|tva|t\.v\.a|btw|b\.t\.w|iva|i\.v\.a|imposta|impuestos?|moms|podatek(?: vat)?|kwota vat"
)


def _words(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z0-9])(?:{words})(?![a-z])")


_TAX = _words(_TAX_WORDS)
_BASE = _words(
    r"(?:steuer)?basis(?:betrag)?|steuerbasisbetrag|bemessungsgrundlage|steuergrundlage|grundlage|base|taxable"
    r"|imponible"
    r"|imponibile|grondslag|underlag|podstawa"
)
_WITHOUT = re.compile(
    r"(?<![a-z])(?:exkl|excl|ex|exclus\w*|excluding|ohne|before|without|hors|senza|sin|sem|zonder|exkl\w*|bez|less"
    r"|net of)"
    rf"[. ]{{0,3}}(?:gesetzl\w* )?(?:\d+(?:[.,]\d+)? ?% ?)?(?:{_TAX_WORDS})(?![a-z])"
)
_WITH = re.compile(
    r"(?<![a-z])(?:inkl|incl|inc|inclus\w*|including|includes|inklusive|with|toutes|mit|con|com|z)"
    rf"[. ]{{0,3}}(?:gesetzl\w* |of |all )?(?:\d+(?:[.,]\d+)? ?% ?)?(?:{_TAX_WORDS}|taxes comprises)(?![a-z])"
    rf"|(?<![a-z])(?:{_TAX_WORDS})[. ]{{0,2}}(?:incl\w*|inkl\w*|inb\w*|comprises?|compresa)"
)
_GROSS = _words(r"brutto\w*|gross|ttc|t\.t\.c|ivato|bruto|inkl|incl|tva comprise")
_NET = _words(
    r"nett?o\w*|net|ht|h\.t|hors taxes?|subtotal|sub-total|sub total|subtotaal|sous[- ]total|zwischensumme"
    r"|zwischentotal|warenwert"
    r"|untaxed|imponibile|delsumma|suma netto|subtotale"
)
_PART = re.compile(
    r"^\W*(?:davon|darin|enthalten\w*|waarvan|dont|of which|including|includes|inkl|incl|di cui|includ\w*|zzgl|plus"
    r"|add)\b"
)
_TOTAL = _words(
    r"(?:grand |invoice |order |overall )?totals?|totaal(?:bedrag)?|totale|gesamt|(?:gesamt|rechnungs|end|zahl|netto"
    r"|brutto)-?(?:summe"
    r"|betrag|beitrag|preis)|summe|betrag|beitrag|somme|montant|importe|importo|bedrag|amount|suma|razem|summa"
    r"|eindtotaal|factuurbedrag|te betalen|a payer|a pagar|da pagare|a pagare|att betala|do zaplaty|valor total|sum"
)
_STRONG_TOTAL = _words(
    r"(?:grand|invoice|order|overall|final) total|total (?:due|payable|amount|ttc|to pay|incl\w*|a pagar|factura"
    r"|fattura|documento|price"
    r"|general|gross|betrag)|gesamttotal|(?:gesamt|rechnungs|end|zahl|brutto|rechnungsend|gesamtend)-?(?:summe"
    r"|betrag|beitrag"
    r"|preis)"
    r"|(?:amount|balance|total) (?:due|payable)|factuurbedrag|totaalbedrag|eindtotaal|te betalen|net a payer"
    r"|att betala"
    r"|do zaplaty|totale (?:documento|fattura|da pagare|a pagare)|importe total|valor total"
    r"|total (?:for )?this invoice"
    r"|total of this invoice|zu zahlen(?:der betrag)?|razem do zaplaty"
)
_DISCOUNT = _words(
    r"discount|rabatt\w*|nachlass|remise|korting|descuento|sconto|desconto|rabat|skonto|rebate|less discount"
)
_SHIPPING = _words(
    r"shipping(?: (?:cost|costs|fee|charge|charges|(?:and|&) handling))?|delivery (?:charge|cost|fee)s?"
    r"|postage(?: (?:and|&) packing)?|freight"
    r"|carriage|versand(?:kosten|spesen)?|porto|fracht(?:kosten)?|lieferkosten|transportkosten"
    r"|frais (?:de |d')?(?:port|livraison|expedition|envoi)|transport|verzendkosten|bezorgkosten|gastos de envio"
    r"|portes|envio"
    r"|spese di (?:spedizione|trasporto)|trasporto|frakt|koszt (?:dostawy|wysylki)|dostawa"
)
_PAID = _words(
    r"paid|(?:betaalde )?voorschot\w*|abschlage?\w*|vorauszahlung\w*|payment - \w+ ending|amount paid|already paid"
    r"|payments?(?: received)?|bezahlt|anzahlung|bereits (?:ge|be)zahlt"
    r"|geleistete anzahlung\w*|acompte"
    r"|deja (?:paye|regle)|paye|betaald|reeds betaald|aanbetaling|pagado|anticipo|acconto|pagato|deposit"
    r"|down payment|prepaid"
    r"|less payment"
)
_DUE = _words(
    r"balance(?: due)?|amount (?:due|owing|outstanding)|outstanding|restbetrag|offener betrag|noch zu zahlen"
    r"|solde(?: a payer)?|reste a payer"
    r"|net a payer|openstaand(?: bedrag)?|nog te betalen|saldo|resto da pagare|pendiente|total due|please pay"
    r"|zahlbetrag|te betalen"
    r"|a payer|zu zahlen\w*|a pagar|da pagare|att betala|do zaplaty"
)
_LEFT = _words(
    r"balance(?: due| outstanding)?|amount (?:due|outstanding|owing)|restbetrag|offener betrag|noch (?:zu zahlen"
    r"|offen)|restzahlung"
    r"|solde(?: a payer| du)?|reste a payer|net a payer|nog te betalen|openstaand(?: bedrag)?|resto da pagare"
    r"|pendiente(?: de pago)?"
)
"""What is left to pay: the total, where nothing has been paid."""
_CURRENCY = re.compile(r"[\s(]+(?:in )?(?:eur|usd|gbp|chf|sek|pln|dkk|nok|czk|inr|aud|cad|euros?)\)?$")
_LONGEST = 70


@lru_cache(maxsize=4096)
def phrase_of(folded: str) -> Phrase | None:
    """Tell what a folded phrase calls the amount that follows it; None where it does not say."""
    text = folded.strip(" :.-*|=\u20ac$\u00a3")
    text = _CURRENCY.sub("", text).rstrip(" :(")
    if not 2 <= len(text) <= _LONGEST:
        return None
    if _WITHOUT.search(text):
        return Phrase("net_total", 1.0 if _TOTAL.search(text) or _NET.search(text) else 0.9)
    if _TAX.search(text):
        return _with_tax(text)
    if _DISCOUNT.search(text):
        return Phrase("discount", 0.8)
    if _PAID.search(text) and not _STRONG_TOTAL.match(text):
        return Phrase("amount_paid", 0.7)
    if _NET.search(text) and not _DUE.search(text):
        return Phrase("net_total", 1.0 if _TOTAL.search(text) else 0.75)
    if _BASE.search(text):
        return Phrase("net_total", 0.8)
    if _LEFT.match(text):
        return Phrase("amount_due", 0.9)
    if _STRONG_TOTAL.search(text) or (_GROSS.search(text) and _TOTAL.search(text)):
        return Phrase("total", 1.0)
    if _SHIPPING.search(text):
        return Phrase("shipping", 0.8)
    if _DUE.search(text):
        return Phrase("amount_due", 0.8)
    if _TOTAL.fullmatch(text) or (_TOTAL.match(text) and len(text.split()) <= 3):
        return Phrase("total", 0.7)
    return None


def _with_tax(text: str) -> Phrase | None:
    is_part = bool(_PART.match(text)) and not _STRONG_TOTAL.search(text) and not _TOTAL.search(text)
    if is_part:
        return Phrase("tax_total", 0.9)
    if _WITH.search(text) or _GROSS.search(text):
        return Phrase("total", 1.0 if _TOTAL.search(text) else 0.8)
    if _BASE.search(text):
        return Phrase("base", 0.8)
    if _DISCOUNT.search(text):
        return None
    return Phrase("tax_total", 1.0 if len(text) <= 45 else 0.6)

"""The words beside totals and taxes.

Patterns are matched against folded text: lower case, no accents (see ``rows.fold``).
"""

from __future__ import annotations

from runs.agents.extraction.label_rules import LabelRule

_RATE_AND_TAX = r"(?:\s?\d{1,2}(?:[.,]\d)?\s?%)?(?:\s?(?:mwst|ust|btw|mehrwertsteuer)\b\.?)?\)?"

RULES: tuple[LabelRule, ...] = (
    LabelRule(
        "total",
        "amount",
        1.0,
        (
            r"total (?:\w+ )?\(?(?:incl(?:uding|usive|\.)?|inc\.?|with)(?: of)?(?: all)? ?(?:vat|tax(?:es)?|gst)?\)?"
            r"|(?:grand|invoice|overall|final) total|total (?:amount )?(?:due|payable|owed|to pay|charged|paid"
            r"|of invoice)"
            r"|(?:amount|balance) (?:due|payable|owed|owing|to pay)|total (?:invoice )?(?:amount|value|price|cost"
            r"|charges)"
            r"|total (?:for|of) this (?:invoice|bill)|gross (?:total|amount|value)|total gross|amount paid"
            r"|please pay|order total|invoice amount"
            r"|(?:gesamt|rechnungs|end|zahl|brutto|uberweisungs|rechnungsend|gesamtend)\s?-?\s?betrag(?:,? brutto)?"
            r"|(?:gesamt|end|brutto|rechnungs)\s?-?\s?summe(?:,? brutto)?|gesamtpreis brutto"
            r"|(?:gesamt|summe|total|betrag|endsumme) (?:\(?brutto\)?|inkl\w*\.?)"
            rf"{_RATE_AND_TAX}"
            r"|zu (?:be)?zahlen(?:der betrag)?|zu uberweisen(?:der betrag)?|zahlbetrag|brutto(?:wert)?"
            r"|(?:montant |prix )?total (?:t\.?t\.?c\.?|a payer|a regler|general|toutes taxes comprises|facture ttc)"
            r"|(?:montant|somme|total|net|solde) (?:net )?(?:a payer|a regler|du\b|ttc)(?: ttc)?|montant (?:eur "
            r"|total )?"
            r"(?:t\.?t\.?c\b\.?|de la facture|du prelevement)|total de la facture"
            r"|(?:totaal|totale?)\s?(?:bedrag|te betalen|te voldoen|incl\w*\.?|factuur)"
            rf"{_RATE_AND_TAX}"
            r"|(?:te betalen|te voldoen)(?: bedrag)?|(?:factuur|eind|totaal|factuurtotaal)\s?(?:bedrag|totaal)"
            r"|eindtotaal"
            r"|(?:importe|precio) total|total (?:a pagar|a abonar|factura|con iva|general|importe|iva incluido)"
            r"|(?:importe|liquido|neto) a pagar|total \(?iva incl\w*\.?\)?"
            r"|total[ei]? (?:fattura|documento|da pagare|a pagare|complessivo|generale|dovuto|ivato|iva inclusa)"
            r"|(?:importo|netto|totale) (?:da pagare|a pagare|dovuto)|importo totale|totale importo"
        ),
    ),
    LabelRule("total", "amount", 0.6, r"totals?|totaal|totale|summe|gesamt|somme|importo|total facture|montant total"),
    LabelRule(
        "net_total",
        "amount",
        1.0,
        (
            r"net (?:total|amount|value|price|sum)|total net(?: amount)?"
            r"|(?:sub\s?-?\s?)?total (?:charges |amount )?\(?(?:before|excl(?:uding|\b\.?|usive of)|ex|without|w/o"
            r"|net of) ?(?:vat|tax(?:es)?|gst)?\)?"
            r"|(?:total )?taxable (?:amount|value|total)|untaxed amount|amount (?:before tax|excl\b\.?(?: vat| tax)?)"
            r"|(?:vat|tax) base|(?:zwischen|netto)\s?-?\s?summe|netto(?:\s?-?(?:betrag|wert|gesamt|preis gesamt))?"
            r"|(?:gesamt|summe|total|betrag|gesamtbetrag|gesamtsumme|rechnungsbetrag|zwischensumme)\s?\(?"
            r"(?:netto|exkl\w*\.?|ohne (?:mwst|ust)\b\.?)\)?"
            rf"{_RATE_AND_TAX}|warenwert|summe positionen|ohne (?:mwst|ust)\b\.?"
            r"|(?:montant |prix |base |sous-)?(?:total )?(?:eur )?(?:h\.t\.|ht\b|hors (?:taxes?|tva))(?: total)?"
            r"|(?:montant|total) (?:net )?(?:eur )?(?:h\.t\b\.?|ht\b|hors (?:taxes?|tva))|sous[- ]total ht"
            r"|base h\.?t\.?"
            r"|(?:totaal )?(?:excl(?:usief|\b\.?)|exclusief|ex\b\.?|zonder) (?:btw|b\.t\.w\.)|totaal (?:netto"
            r"|excl\b\.?[^:]{0,16})"
            r"|(?:netto|btw)\s?(?:bedrag|grondslag)|maatstaf van heffing|grondslag"
            r"|(?:total )?base (?:imponible|i\.v\.a\.|iva)|(?:importe|total|subtotal) (?:neto|sin iva|bruto)"
            r"|total bruto"
            r"|(?:totale? )?imponibile(?: iva)?|totale (?:netto|merce|senza iva)|importo netto|netto imponibile"
        ),
    ),
    LabelRule("net_total", "amount", 0.7, r"sub\s?-?\s?total[ei]?|subtotaal|sous[- ]total|sub-?totale"),
    LabelRule(
        "tax_total",
        "amount",
        0.9,
        (
            r"(?:total |sales |plus |zzgl\b\.? |inkl\b\.? |incl\b\.? |add |estimated )?(?:tax|vat|v\.a\.t\.|gst|hst"
            r"|pst|cgst|sgst|igst)"
            r"(?: (?:amount|total|due))?|(?:mehrwert|umsatz)\s?-?\s?steuer(?:betrag)?|(?:gesetzliche )?(?:mwst|ust"
            r"|must)\b\.?"
            r"(?:\s?-?\s?betrag)?|steuer(?:betrag)?|(?:montant |total |dont )?(?:de la )?t\.?v\.?a\b\.?(?: total)?"
            r"|(?:totaal |waarvan )?(?:btw|b\.t\.w\.)(?:\s?-?\s?bedrag)?|(?:cuota |total |importe )?(?:i\.v\.a\."
            r"|iva)(?: total)?"
            r"|(?:totale |importo )?(?:imposta|iva)|impuestos?|taxes?"
        ),
    ),
)

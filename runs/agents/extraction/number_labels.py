"""The words beside the numbers of documents, customers and companies.

Patterns are matched against folded text: lower case, no accents (see ``rows.fold``).
"""

from __future__ import annotations

from runs.agents.extraction.label_rules import LabelRule

_NUMBER = r"(?:numbers?|num\.?|nos?\b\.?|nr\b\.?|n[°.]|n\b\.?|nummer|numero|numer|#|id\b|code|ref\b\.?|reference)"
_NUMBER_DE = r"(?:nummer|nr\b\.?|no\b\.?|id\b|code)"
_NUMBER_ROMANCE = r"(?:numero|num\b\.?|n[°.]{1,2}o?|nr\b\.?|no\b\.?|n\b|ref\b\.?|reference)"
_OF = r"(?:de la |della |del |dell'|de l'|de |du |di |d'|of )?"

RULES: tuple[LabelRule, ...] = (
    LabelRule(
        "invoice_number",
        "identifier",
        1.0,
        (
            rf"(?:tax |vat |sales |commercial |our )?(?:invoice|inv\b\.?|bill|receipt)\s?[-/]?\s?{_NUMBER}"
            rf"|(?:re(?:chnungs?)?|rg|beleg|faktura|fakturen)\s?[-.]?\s?{_NUMBER_DE}"
            rf"|rechnung\s?{_NUMBER}"
            rf"|{_NUMBER_ROMANCE}\s?{_OF}(?:factures?|facturation|factura|fattura|fact\b\.?)"
            rf"|(?:facture|factura|fattura|avoir)\s?(?:{_NUMBER_ROMANCE}|#)"
            rf"|factu?ur\s?-?\s?(?:{_NUMBER_DE}|{_NUMBER_ROMANCE})"
        ),
    ),
    LabelRule(
        "invoice_number", "identifier", 0.7, r"(?:tax |proforma )?(?:invoice|rechnung|facture|factuur|factura|fattura)"
    ),
    LabelRule("invoice_number", "identifier", 0.5, r"nummer|number|numero|no\.|nr\b\.?|n°"),
    LabelRule(
        "credit_note_number",
        "identifier",
        1.0,
        (
            rf"credit (?:note|memo)\s?{_NUMBER}|gutschrifts?\s?-?{_NUMBER_DE}|creditnota\s?-?{_NUMBER_DE}"
            rf"|{_NUMBER_ROMANCE}\s?{_OF}(?:avoir|nota di credito|abono)"
        ),
    ),
    LabelRule(
        "order_number",
        "identifier",
        1.0,
        (
            rf"(?:purchase |sales |customer |your |web )?order\s?{_NUMBER}|p\.?o\.?\s?(?:number|no\b\.?|nr\b\.?|#)"
            rf"|(?:bestell|auftrags?)\s?-?\s?{_NUMBER_DE}|bestelling\s?-?\s?{_NUMBER}|(?:bestel"
            rf"|order)\s?-?{_NUMBER_DE}"
            rf"|{_NUMBER_ROMANCE}\s?{_OF}(?:commande|pedido|ordine)|(?:commande|pedido|ordine)\s?{_NUMBER_ROMANCE}"
        ),
    ),
    LabelRule(
        "customer_number",
        "identifier",
        1.0,
        (
            rf"(?:customer|client|member|subscriber)\s?{_NUMBER}|(?:kunden|mitglieds|debitoren)\s?-?\s?{_NUMBER_DE}"
            rf"|(?:klant|debiteur(?:en)?|relatie)\s?-?\s?{_NUMBER_DE}"
            rf"|{_NUMBER_ROMANCE}\s?{_OF}(?:client|abonne|cliente)|id\.? ?client|(?:codigo|codice|code) client[e]?"
            rf"|cliente?\s?(?:{_NUMBER_ROMANCE})"
        ),
    ),
    LabelRule(
        "account_number",
        "identifier",
        1.0,
        (
            rf"account\s?{_NUMBER}|a/c\s?{_NUMBER}|acct\b\.?\s?{_NUMBER}|(?:konto|kto)\.?\s?-?\s?{_NUMBER_DE}"
            rf"|rekening\s?-?\s?{_NUMBER_DE}|vertragskonto(?:nummer)?|{_NUMBER_ROMANCE}\s?{_OF}(?:compte|cuenta|conto)"
        ),
    ),
    LabelRule(
        "contract_number",
        "identifier",
        1.0,
        (
            rf"(?:contract|agreement|policy)\s?{_NUMBER}|(?:vertrags?|policen)\s?-?\s?{_NUMBER_DE}"
            rf"|contract\s?-?\s?{_NUMBER_DE}|{_NUMBER_ROMANCE}\s?{_OF}(?:contrat|contrato|contratto|polizza|poliza)"
            rf"|(?:contrat|contrato|contratto)\s?{_NUMBER_ROMANCE}"
        ),
    ),
    LabelRule(
        "quote_number",
        "identifier",
        1.0,
        (
            rf"(?:quote|quotation|estimate|offer)\s?{_NUMBER}|(?:angebots?|offert)\s?-?\s?{_NUMBER_DE}"
            rf"|offerte\s?-?{_NUMBER_DE}|{_NUMBER_ROMANCE}\s?{_OF}(?:devis|presupuesto|preventivo|oferta)"
        ),
    ),
    LabelRule(
        "document_number",
        "identifier",
        0.9,
        (
            rf"(?:document|docket|case|file|report|statement|delivery note)\s?{_NUMBER}"
            rf"|(?:dokument|lieferschein|akten|vorgangs)\s?-?\s?(?:{_NUMBER_DE}|zeichen)|document\s?-?{_NUMBER_DE}"
            rf"|{_NUMBER_ROMANCE}\s?{_OF}(?:document|documento|dossier)|documento\s?{_NUMBER_ROMANCE}"
        ),
    ),
    LabelRule(
        "reference",
        "identifier",
        0.8,
        (
            r"(?:booking|reservation|confirmation) (?:id\b|number|no\b\.?|code)|(?:our |your |payment |booking "
            r"|customer )?ref(?:erence)?\b\.?\s?(?:number|no\b\.?|#)?"
            r"|(?:verwendungszweck|referenz(?:nummer)?|zeichen|betalingskenmerk|kenmerk|referentie|referencia"
            r"|riferimento)"
        ),
    ),
    LabelRule(
        "vat_id",
        "identifier",
        1.0,
        (
            r"(?:vat|v\.a\.t\.)\s?(?:registration|reg\b\.?)?\s?(?:identification )?(?:number|no\b\.?|nr\b\.?|id\b"
            r"|reg\b\.?|#|code)?"
            r"|(?:ust|u?mwst|umsatzsteuer)\.?\s?-?\s?(?:id(?:ent(?:ifikations)?)?)\.?\s?-?\s?(?:nummer|nr\b\.?"
            r"|no\b\.?)?"
            r"|(?:n\w{0,5}[°.]? ?(?:de )?|id\.? |identifiant "
            r"|numero (?:de )?)?t\.?v\.?a\b\.?\s?(?:intra\s?-?\s?com\w*\.?)?"
            r"|btw\s?-?\s?(?:nummer|nr\b\.?|id\b|identificatienummer)?"
            r"|(?:partita|p\.?)\s?i\.?v\.?a\b\.?|uid\s?-?\s?(?:nummer|nr\b\.?)?|mwst\s?-?\s?(?:nummer|nr\b\.?)"
        ),
    ),
    LabelRule(
        "tax_id",
        "identifier",
        1.0,
        (
            r"(?:federal )?tax\s?(?:id\b|identification)\s?(?:number|no\b\.?|#)?|\bein\b|\btin\b"
            r"|steuer\s?-?\s?(?:nummer|nr\b\.?)"
            r"|st\b\.?-?nr\b\.?|codice fiscale|c\.?f\.?\b|\b(?:n\.?i\.?f|c\.?i\.?f|n\.?i\.?e)\b\.?(?:/cif|/nif)?"
            r"|gstin(?:/uin)?"
            r"|gst (?:registration )?(?:no\b\.?|number)|\babn\b|pan\b(?: no\b\.?)?"
        ),
    ),
    LabelRule(
        "company_number",
        "identifier",
        0.9,
        (
            r"(?:company|companies house) (?:registration )?(?:number|no\b\.?|reg\b\.?(?: no\b\.?)?)"
            r"|registered (?:company )?(?:number|no\b\.?)|registration (?:number|no\b\.?)"
            r"|\bhr[ab]\b(?:[ -]?(?:nummer|nr\b\.?))?|handelsregister(?:nummer|nr\b\.?)?"
            r"|siret|siren|rcs|kvk(?:\s?-?\s?(?:nummer|nr\b\.?))?(?: \w+(?= \d))?|\brea\b|registro mercantil|\bcin\b"
        ),
    ),
    LabelRule("iban", "identifier", 1.0, r"iban"),
    LabelRule("bic", "identifier", 1.0, r"(?:bic|swift)(?:[ /-](?:bic|swift))?(?:[- ]?code)?"),
)

"""The words beside further numbers, and those of Portuguese, Polish and Swedish documents.

Patterns are matched against folded text: lower case, no accents (see ``rows.fold``; the Polish l with stroke stays).
"""

from __future__ import annotations

from runs.agents.extraction.label_rules import LabelRule

_NO = r"(?:numer|numero|number|nummer|num\b\.?|nr\b\.?|no\b\.?|n[°.]{1,2}|#|n\b\.?|code\b|kod\b)"

RULES: tuple[LabelRule, ...] = (
    LabelRule(
        "delivery_note_number",
        "identifier",
        1.0,
        (
            rf"(?:delivery|dispatch|despatch) note\s?{_NO}|packing (?:slip|list)\s?{_NO}|lieferschein\s?-?\s?{_NO}"
            rf"|{_NO}\s?(?:de |du |di |del )?(?:bon de livraison|bl\b|ddt|albaran|guia de remessa)"
            rf"|bon de livraison\s?{_NO}"
            rf"|(?:pakbon|leverbon)\s?-?{_NO}|albaran\s?{_NO}|foljesedel\w*\s?{_NO}"
        ),
    ),
    LabelRule("sort_code", "identifier", 1.0, r"(?:bank )?sort\s?-?\s?code"),
    LabelRule("bank_code", "identifier", 1.0, r"blz|bankleitzahl|bank code|code banque|bankkod"),
    LabelRule(
        "routing_number",
        "identifier",
        1.0,
        rf"(?:bank )?(?:aba )?routing\s?(?:/aba)?\s?{_NO}?|aba\s?{_NO}|(?:ach|wire) routing",
    ),
    LabelRule(
        "invoice_number",
        "identifier",
        1.0,
        (
            rf"{_NO}\s?(?:da |de |do )?fatura|fatura(?:-recibo)?\s?{_NO}|faktura(?:\s?vat)?\s?{_NO}"
            rf"|{_NO}\s?(?:faktury|rachunku)"
            r"|faktura vat|fakturanummer|fakturanr\b\.?"
            rf"|serie \w{{1,3}},? {_NO}|beleg-?\s?{_NO}|ihre rechnung {_NO}"
        ),
    ),
    LabelRule(
        "order_number",
        "identifier",
        1.0,
        rf"{_NO}\s?(?:da |de |do )?(?:encomenda|pedido)|(?:encomenda|pedido|bestellung|auftrag|bestelling"
        rf"|commande|bon de commande)\s?{_NO}|{_NO}\s?zamowienia|order{_NO}|ordernummer"
        rf"|{_NO}\s?(?:de )?bon de commande|bon de commande|(?:(?:ihre|unsere) bestellung|votre commande"
        rf"|uw bestelling|your order|su pedido|v\.?s\.? ordine)(?: {_NO})?|(?:gemas|gemaess"
        rf"|zu) (?:ihrer )?bestellung nr\b\.?",
    ),
    LabelRule(
        "customer_number",
        "identifier",
        1.0,
        rf"{_NO}\s?(?:de |do )?(?:cliente|klienta)|(?:codigo|codice) (?:de |do |del )?cliente|cliente?\s?{_NO}"
        rf"|kd\b\.?\s?-?\s?{_NO}|kund\s?-?{_NO}|kundnummer",
    ),
    LabelRule(
        "tax_id",
        "identifier",
        1.0,
        r"\bnip\b(?: (?:nabywcy|sprzedawcy))?|\bnif\b|contribuinte(?: n[.°]*)?|organisationsnummer"
        r"|org\b\.?\s?-?\s?nr\b\.?",
    ),
    LabelRule("vat_id", "identifier", 1.0, r"momsreg(?:istrerings)?\.?\s?-?(?:nummer|nr\b\.?)|vat ue|nip ue"),
    LabelRule(
        "invoice_date",
        "date",
        1.0,
        (
            r"data (?:de |da )?(?:emissao|fatura)|data (?:wystawienia|faktury)|wystawiono(?: dnia)?|fakturadatum"
            r"|fakturans datum|beleg-?\s?datum"
            r"|datum rechnung"
        ),
    ),
    LabelRule(
        "due_date",
        "date",
        1.0,
        (
            r"(?:data de )?vencimento|data (?:limite|de pagamento)|pagar ate|termin (?:platnosci|zaplaty)|platne do"
            r"|do zaplaty do"
            r"|forfallo(?:dag|datum)?|forfaller(?: den)?|forfallodatum|betalas senast|oss tillhanda"
        ),
    ),
    LabelRule(
        "delivery_date",
        "date",
        0.9,
        r"data (?:de )?entrega|data (?:sprzedazy|dostawy|wykonania uslugi)|leveransdatum|leistungs-?\s?datum",
    ),
    LabelRule("order_date", "date", 0.9, r"data (?:da )?encomenda|data zamowienia|bestell-?\s?datum"),
    LabelRule(
        "total",
        "amount",
        1.0,
        r"valor total|total (?:a pagar|geral|com iva)|(?:do zaplaty|razem|suma|wartosc) ?(?:brutto)?|ogolem"
        r"|att betala|summa att betala|totalt?(?: inkl\.? moms)",
    ),
    LabelRule(
        "net_total",
        "amount",
        1.0,
        r"total sem iva|base tributavel|incidencia|(?:suma|wartosc|razem) netto|(?:summa )?exkl\.? moms|netto\b"
        r"|delsumma",
    ),
    LabelRule(
        "tax_total",
        "amount",
        0.9,
        r"(?:total )?(?:do )?iva|(?:kwota |suma )?(?:podatku )?vat|moms(?:belopp)?(?: \d+ ?%)?",
    ),
)

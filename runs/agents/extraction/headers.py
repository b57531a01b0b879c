"""The words above the columns of tables of goods and services.

To teach a column: add its words here (folded: lower case, no accents); its type stands in ``TYPES``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from runs.agents.extraction.amounts import CURRENCIES
from runs.agents.extraction.rows import Cell, Row, fold
from runs.agents.extraction.table_fields import ColumnType
from runs.documents.pages import Box, around

_TAX = r"(?:mwst|ust|vat|tva|btw|iva|moms|tax(?:es)?|gst|steuer)"
_WORDS: dict[str, str] = {
    "position": r"pos(?:ition)?\.?|line|lfd\.? ?nr\.?|item (?:no|#)\.?|no\.?|nr\.?|#|lp\.?",
    "article_number": (
        r"(?:unsere )?art(?:ikel|icle)?\.?[ -]?(?:nr|no|nummer|number|code|n°)\.?(?:[ -](?:lieferant|kunde"
        r"|fournisseur|client))?|sku|(?:item|product"
        r"|produkt) ?-?(?:code|no\.?|nr\.?|id|number)"
        r"|ref(?:\.|erence|erencia)?|code|codigo|codice|gtin|ean|hsn(?:/sac)?|artikelcode|cod\.?"
    ),
    "description": (
        r"(?:item |product |service )?descriptions?|items?|products?(?: name)?|services?|particulars|details"
        r"|(?:artikel)?(?:bezeichnung|beschreibung)"
        r"|artikel|leistung(?:en)?|produkt|designation|libelle|articles?|produits?|prestations?|omschrijving"
        r"|descripcion|concepto|articulo"
        r"|descrizione|prodotto|servizio|articolo|descricao|nazwa(?: towaru)?(?: lub)?(?: uslugi)?|opis|benamning"
        r"|beskrivning"
        r"|specification|text"
        r"|leistungsbeschreibung|charges?"
    ),
    "quantity": (
        r"qty\.?|quantity|quantities|menge|anzahl|qte\.?|quantite|nombre|aantal|cantidad|cant\.?|uds\.?|quantita"
        r"|q\.?ta|qtd\.?|quantidade|ilosc|antal"
        r"|hours|stunden|std\.?|heures|uren|horas|ore|units|nb\.?"
    ),
    "unit": r"unit|uom|einheit|me|meng\.?[ -]*einheit|unite|eenheid|unidad|u\.?m\.?|j\.?m\.?|enhet|unita",
    "unit_price": (
        r"(?:unit |net |list )?prices?(?: per \w+| each| ?/ ?\w+)?|unit (?:cost|net)|rate|cost|einzel(?:preis)?"
        r"|e-?preis|(?:stuck|netto|einzel)?preis(?: ?/ ?\w+)?|ep"
        r"|p\.? ?u\.?(?: ?h\.?t\.?)?|prix(?: unitaire| unit\.?)?(?: ?h\.?t\.?)?|prijs(?: per stuk| p/s)?|stukprijs"
        r"|tarief|precio(?: unitario| unit\.?)?|p\. ?unit\.?"
        r"|prezzo(?: unitario| unit\.?)?|preco(?: unitario| unit\.?)?|cena(?: jedn\.?| netto| jednostkowa)*|a-?pris"
        r"|pris"
    ),
    "tax_rate": rf"{_TAX}\.?[ -]?(?:%|satz|rate|sats|tarief)?|% ?{_TAX}|stawka(?: vat)?|taux|{_TAX} ?\(%\)",
    "discount": r"discount|disc\.?|rabatt|rem(?:ise|\.)?|korting|dto\.?|descuento|sconto|sc\.?|rabat|desc\.?",
    "tax_amount": rf"{_TAX}[ -]?(?:amount|betrag|bedrag)|montant {_TAX}|kwota vat",
    "amount": (
        r"(?:line |net |total |gross )?amount|net|gross|netto|brutto(?: (?:incl|excl|with|without)\w*\.? \w+)?"
        r"|(?:total )?price (?:incl"
        r"|excl|with|without)\w*\.? (?:vat|tax|gst)|total (?:price )?(?:incl|excl|with|without)\w*\.? (?:vat|tax"
        r"|gst)|total price|(?:zeilen|positions)-?(?:betrag|summe|preis)|g-?preis|ges\.?-?(?:preis|betrag)|(?:line "
        r"|item "
        r"|sub)?totals?(?: price| amount| net| ?h\.?t\.?| ttc)?|betrag|gesamt(?:preis|betrag|summe)?|gp|summe"
        r"|nettowert|wert"
        r"|(?:netto|brutto)?betrag|montant(?: total)?(?: ?h\.?t\.?| ttc)?|prix (?:total|ht)|total ?h\.?t\.?|bedrag"
        r"|totaal(?:prijs)?|importe(?: total)?|importo|totale|valor(?: total)?"
        r"|wartosc(?: netto| brutto)?|belopp|summa|price incl\.? ?\w*|prijs incl\.? ?\w*|subtotaal|zwischensumme"
        r"|price total|ext(?:ended)? price"
    ),
    "date": r"date|datum|fecha|data|dato|leistungsdatum",
}
TYPES: dict[str, ColumnType] = {
    "quantity": "number",
    "unit_price": "amount",
    "amount": "amount",
    "tax_amount": "amount",
    "tax_rate": "percent",
    "date": "date",
}
"""The types that a column's name decides; the others are told from its cells."""

_CURRENCY = "|".join(re.escape(name) for name in sorted(CURRENCIES, key=len, reverse=True))
_AFTER = rf"\s*(?:\(?(?:in )?(?:{_CURRENCY})\)?|\(%\)|%)?\s*[:.]?"
_FULL = {name: re.compile(rf"\W*(?:{words}){_AFTER}") for name, words in _WORDS.items()}
_ANY = re.compile(
    "|".join(
        rf"(?P<{name}>(?<![a-z0-9])(?:{_WORDS[name]})(?![a-z0-9]))"
        for name in (
            "tax_amount",
            "amount",
            "tax_rate",
            "unit_price",
            "article_number",
            "description",
            "quantity",
            "discount",
            "position",
            "unit",
        )
    )
)
_MONEY = re.compile(r"\d[.,]\d{2}(?!\d)")
_ARTICLES = frozenset(
    ("artikel", "item", "article", "articulo", "articolo", "artigo", "produkt", "product", "artículo")
)
_LONGEST = 48
_LONGEST_ROW = 120
_SEVERAL = 3


class Head(NamedTuple):
    """The header of a column."""

    name: str
    text: str
    box: Box | None


def heads_of(row: Row) -> list[Head]:
    """Give the headers a row of a table consists of; none where it is no header of goods or services."""
    if len(row.cells) < 2 or any(_MONEY.search(cell.text) for cell in row.cells):
        return []
    heads = [head for cell in row.cells for head in _of_cell(cell)]
    return heads if is_header(heads) else []


def is_header(heads: list[Head]) -> bool:
    """Whether these name columns of goods or services: what, and for how much."""
    names = {head.name for head in heads}
    money = names & {"amount", "unit_price"}
    goods = names & {"description", "article_number", "quantity", "date", "position"}
    if len(heads) < 3 and not (len(heads) == 2 and names == {"description", "amount"}):
        return False
    return bool(money and goods) and sum(bool(head.name) for head in heads) * 2 > len(heads)


def stacked(rows: Sequence[Row]) -> list[Head]:
    """Give the headers that rows above each other make together; none where they make no header."""
    columns: list[list[Head]] = []
    for head in (head for row in rows for cell in row.cells for head in _of_cell(cell)):
        over = next((column for column in columns if any(_overlap(head.box, other.box) for other in column)), None)
        if over is None:
            columns.append([head])
        else:
            over.append(head)
    heads = []
    for column in columns:
        text = " ".join(head.text for head in column)
        name = name_of(fold(text.replace("- ", ""))) or next((head.name for head in column if head.name), "")
        heads.append(Head(name, text, around(head.box for head in column)))
    heads.sort(key=lambda head: head.box.left if head.box else 0.0)
    return heads if is_header(heads) else []


def _overlap(one: Box | None, other: Box | None) -> bool:
    return one is not None and other is not None and one.left < other.right and other.left < one.right


def named(heads: list[Head]) -> list[Head]:
    """Settle names that depend on the other columns: of two prices the last one is what the line comes to."""
    names = [head.name for head in heads]
    if names.count("description") > 1 and heads[names.index("description")].text.lower() in _ARTICLES:
        first = names.index("description")
        return named([head._replace(name="article_number") if at == first else head for at, head in enumerate(heads)])
    if "amount" not in names and names.count("unit_price") > 1:
        last = len(names) - 1 - names[::-1].index("unit_price")
        return [head._replace(name="amount") if at == last else head for at, head in enumerate(heads)]
    return heads


def name_of(folded: str) -> str:
    """Give the name of the column a header's whole text stands for; empty where it is none known."""
    text = folded.strip()
    if len(text) > _LONGEST:
        return ""
    return next((name for name, pattern in _FULL.items() if pattern.fullmatch(text)), "")


def _of_cell(cell: Cell) -> list[Head]:
    name = name_of(cell.folded)
    if name:
        return [Head(name, cell.text, cell.box)]
    found = list(_ANY.finditer(cell.folded)) if len(cell.text) <= _LONGEST_ROW else []
    if len(cell.text) > _LONGEST and len(found) < _SEVERAL:
        return [Head("", cell.text, cell.box)]
    if len(found) < 2:
        # A word of many says little: "Shows" is what "# Shows" counts.
        says = bool(found) and len(found[0][0]) * 2 >= len(cell.text)
        return [Head((found[0].lastgroup or "") if says else "", cell.text, cell.box)]
    # Columns so near to each other that their headers read as one cell.
    cuts = [0, *(match.start() for match in found[1:]), len(cell.text)]
    heads = []
    for match, (start, end) in zip(found, pairwise(cuts), strict=True):
        words = [word for word, offset in zip(cell.words, cell.offsets, strict=True) if start <= offset < end]
        heads.append(Head(match.lastgroup or "", cell.text[start:end].strip(), around(word.box for word in words)))
    return heads

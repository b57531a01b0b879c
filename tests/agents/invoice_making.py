"""Invoices made by chance: nine languages, five layouts, PDF, text and HTML, each with its true values."""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from html import escape
from pathlib import Path

import yaml
from fpdf import FPDF

CENT = Decimal("0.01")
Several = Sequence[str]
Place = tuple[float, float, str]
"""Millimetres from the left and from the top, and the text that stands there."""


@dataclass(frozen=True)
class Words:
    """A language's words; where several are given, an invoice uses one of them."""

    code: str
    title: str
    number: Several
    date: Several
    due: Several
    customer: Several
    order: Several
    heads: Several  # description, quantity, unit price, tax rate, amount
    net: Several
    tax: Several
    total: Several
    terms: str
    bill_to: str
    vat_id: str
    vat: str
    iban: str
    phone: str
    currency: str
    rates: Sequence[int]
    seller: Several
    buyers: Sequence[Several]
    items: Several
    months: Several
    date_forms: Several
    decimal: str
    thousands: str
    site: str


LANGUAGES = [
    Words(**words) for words in yaml.safe_load((Path(__file__).parent / "invoices" / "words.yaml").read_text("utf-8"))
]


@dataclass(frozen=True)
class Made:
    """An invoice on the disk. ``truth``: its values by the names of fields; ``lines``: those of its table."""

    path: Path
    language: str
    layout: str
    truth: dict[str, str]
    lines: list[dict[str, str]]


class Invoice:
    """What an invoice says, and how it writes it."""

    def __init__(self, words: Words, chance: random.Random) -> None:
        self.words = words
        self.chance = chance
        self.date = datetime.date(2019, 1, 1) + datetime.timedelta(chance.randrange(2400))
        self.days = chance.choice((8, 14, 30, 45))
        self.due = self.date + datetime.timedelta(self.days)
        self.number = chance.choice(("{y}-{n:04}", "RE{n:06}", "{n:08}", "INV/{y}/{n:05}", "F-{n:05}")).format(
            y=self.date.year, n=chance.randrange(1000, 99999)
        )
        self.customer, self.order = (
            str(chance.randrange(10000, 99999)),
            f"{chance.choice('AB')}{chance.randrange(10**5, 10**6)}",
        )
        self.buyer = chance.choice(words.buyers)
        self.form = chance.choice(words.date_forms)
        self.rates = tuple(words.rates)[: chance.choice((1, 1, 2))]
        self.lines = [self._line(item) for item in chance.sample(words.items, chance.randrange(1, len(words.items)))]
        self.rates = tuple(rate for rate in self.rates if any(line[3] == rate for line in self.lines))
        self.nets = {rate: sum((line[4] for line in self.lines if line[3] == rate), Decimal(0)) for rate in self.rates}
        self.taxes = {rate: (net * rate / 100).quantize(CENT, ROUND_HALF_UP) for rate, net in self.nets.items()}
        self.net, self.tax = sum(self.nets.values(), Decimal(0)), sum(self.taxes.values(), Decimal(0))
        self.total = self.net + self.tax
        self.has_terms_only = chance.random() < 0.2

    def _line(self, item: str) -> tuple[str, int, Decimal, int, Decimal]:
        quantity = self.chance.randrange(1, 13)
        price = Decimal(self.chance.randrange(150, self.chance.choice((9000, 190000)))) / 100
        return item, quantity, price, self.chance.choice(self.rates), quantity * price

    def pick(self, options: Sequence[str]) -> str:
        return self.chance.choice(options)

    def day(self, date: datetime.date) -> str:
        parts = {
            "d": date.day,
            "dd": f"{date.day:02}",
            "mm": f"{date.month:02}",
            "y": date.year,
            "yy": f"{date.year % 100:02}",
        }
        return self.form.format(month=self.words.months[date.month - 1], **parts)

    def amount(self, value: Decimal, *, currency: bool = False, sign: bool = False) -> str:
        whole, _, cents = f"{value:,.2f}".partition(".")
        text = whole.replace(",", self.words.thousands) + self.words.decimal + cents
        if not currency:
            return text
        if sign and self.words.currency == "EUR":
            return f"{text} €" if self.words.code in ("de", "fr", "es") else f"€ {text}"
        return f"{self.words.currency} {text}" if self.words.code in ("en", "nl") else f"{text} {self.words.currency}"

    def facts(self) -> list[tuple[str, str]]:
        words = self.words
        facts = [(self.pick(words.number), self.number), (self.pick(words.date), self.day(self.date))]
        if not self.has_terms_only:
            facts.append((self.pick(words.due), self.day(self.due)))
        return [*facts, (self.pick(words.customer), self.customer), (self.pick(words.order), self.order)]

    def closing(self, *, sign: bool = False) -> list[tuple[str, str]]:
        rows = [(self.pick(self.words.net), self.amount(self.net, currency=True, sign=sign))]
        form = self.pick(self.words.tax)
        rows += [
            (form.format(rate=rate), self.amount(tax, currency=True, sign=sign)) for rate, tax in self.taxes.items()
        ]
        return [*rows, (self.pick(self.words.total), self.amount(self.total, currency=True, sign=sign))]

    def table(self) -> list[tuple[str, ...]]:
        rows = [
            (item, str(count), self.amount(price), f"{rate}%", self.amount(amount))
            for item, count, price, rate, amount in self.lines
        ]
        return [self.words.heads, *rows]

    def footer(self) -> list[str]:
        words = self.words
        lines = [f"{words.vat_id}: {words.vat}", f"IBAN: {words.iban}", f"{words.phone}", words.site]
        return [words.terms.format(days=self.days), *lines] if self.has_terms_only else lines

    def truth(self) -> dict[str, str]:
        words = self.words
        truth = {
            "invoice_number": self.number,
            "invoice_date": self.date.isoformat(),
            "due_date": self.due.isoformat(),
            "customer_number": self.customer,
            "order_number": self.order,
            "net_total": f"{self.net:.2f}",
            "total": f"{self.total:.2f}",
            "currency": words.currency,
            "vat_id": words.vat,
            "iban": words.iban.replace(" ", ""),
            "seller": words.seller[0],
            "buyer": self.buyer[0],
            "seller_address": ", ".join(words.seller[1:]),
            "buyer_address": ", ".join(self.buyer[1:]),
            "tax_rate": "|".join(str(rate) for rate in self.rates),
            "url": words.site,
        }
        if len(self.taxes) == 1:
            truth["tax_total"] = f"{self.tax:.2f}"
        return truth


# --- Layouts


def letter(invoice: Invoice) -> list[Place]:
    """A letter with a sender's line above its window, facts at the right, a table, and a footer in columns."""
    words = invoice.words
    places: list[Place] = [
        (20, 45, " - ".join(words.seller)),
        *((20, 52 + 5 * n, t) for n, t in enumerate(invoice.buyer)),
    ]
    places.append((20, 88, words.title))
    for n, (label, value) in enumerate(invoice.facts()):
        places += [(120, 52 + 5.5 * n, f"{label}:"), (160, 52 + 5.5 * n, value)]
    places += _table(invoice, 100)
    places += _closing(invoice, 110 + 6 * len(invoice.lines))
    footer = [*words.seller, *invoice.footer()]
    return [*places, *((20 + 62 * (n // 3), 272 + 4.5 * (n % 3), text) for n, text in enumerate(footer))]


def band(invoice: Invoice) -> list[Place]:
    """The seller at the top, the buyer under a word that says so, and the facts in a band, labels above values."""
    words = invoice.words
    places: list[Place] = [(20, 18 + 5 * n, text) for n, text in enumerate(words.seller)]
    places += [(150, 20, words.title), (20, 45, words.bill_to)]
    places += [(20, 50 + 5 * n, text) for n, text in enumerate(invoice.buyer)]
    for n, (label, value) in enumerate(invoice.facts()):
        places += [(20 + 36 * n, 75, label), (20 + 36 * n, 80, value)]
    places += _table(invoice, 95)
    places += _closing(invoice, 108 + 6 * len(invoice.lines))
    return [*places, *((20, 255 + 5 * n, text) for n, text in enumerate(invoice.footer()))]


def two_blocks(invoice: Invoice) -> list[Place]:
    """Seller and buyer beside each other, facts as "label: value" in one run of text."""
    words = invoice.words
    places: list[Place] = [(20, 15, words.title)]
    places += [(20, 28 + 5 * n, text) for n, text in enumerate((*words.seller, words.site))]
    places += [(115, 28 + 5 * n, text) for n, text in enumerate((f"{words.bill_to}:", *invoice.buyer))]
    places += [(20, 60 + 5 * n, f"{label}: {value}") for n, (label, value) in enumerate(invoice.facts())]
    places += _table(invoice, 95)
    places += _closing(invoice, 108 + 6 * len(invoice.lines))
    footer = [text for text in invoice.footer() if text != words.site]
    return [
        *places,
        (20, 265, " | ".join(footer[:2])),
        *((20, 270 + 4.5 * n, text) for n, text in enumerate(footer[2:])),
    ]


def tax_table(invoice: Invoice) -> list[Place]:
    """As a letter, with the sums of each rate in a table below."""
    places = [place for place in letter(invoice) if not 104 + 6 * len(invoice.lines) < place[1] < 260]
    top = 118 + 6 * len(invoice.lines)
    words = invoice.words
    heads = (
        words.heads[3],
        words.net[0],
        words.tax[0].replace("{rate}%", "").replace("{rate} %", "").strip(),
        words.total[0],
    )
    rows = [
        (f"{rate}%", invoice.amount(invoice.nets[rate]), invoice.amount(tax), invoice.amount(invoice.nets[rate] + tax))
        for rate, tax in invoice.taxes.items()
    ]
    if len(rows) > 1:
        rows.append(("", invoice.amount(invoice.net), invoice.amount(invoice.tax), invoice.amount(invoice.total)))
    for n, row in enumerate((heads, *rows)):
        places += [(20 + 42 * column, top + 6 * n, text) for column, text in enumerate(row) if text]
    return [*places, (20, top + 34, f"{words.total[-1]}: {invoice.amount(invoice.total, currency=True)}")]


def _table(invoice: Invoice, top: float) -> list[Place]:
    rows = invoice.table()
    return [
        (x, top + 6 * n, text)
        for n, row in enumerate(rows)
        for x, text in zip((20, 95, 120, 150, 175), row, strict=True)
    ]


def _closing(invoice: Invoice, top: float) -> list[Place]:
    rows = invoice.closing()
    return [
        place
        for n, (label, value) in enumerate(rows)
        for place in ((115, top + 6 * n, label), (170, top + 6 * n, value))
    ]


LAYOUTS: dict[str, Callable[[Invoice], list[Place]]] = {
    "letter": letter, "band": band, "two_blocks": two_blocks, "tax_table": tax_table,
}  # fmt: skip


def as_text(invoice: Invoice) -> str:
    """Plain text, columns parted by white space."""
    words = invoice.words
    head = [*words.seller, "", words.title, "", f"{words.bill_to}:", *invoice.buyer, ""]
    facts = [f"{label}: {value}" for label, value in invoice.facts()]
    table = [
        "   ".join((f"{row[0]:32}", f"{row[1]:>6}", *(f"{text:>12}" for text in row[2:]))) for row in invoice.table()
    ]
    closing = [f"{label:40}   {value:>16}" for label, value in invoice.closing(sign=True)]
    return "\n".join([*head, *facts, "", *table, "", *closing, "", *invoice.footer()]) + "\n"


def as_html(invoice: Invoice) -> str:
    """A web page with tables."""

    def rows(of: Sequence[Sequence[str]]) -> str:
        return "".join("<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>" for row in of)

    words = invoice.words
    parties = "".join(
        f"<p>{'<br>'.join(map(escape, lines))}</p>" for lines in (words.seller, (f"{words.bill_to}:", *invoice.buyer))
    )
    footer = "".join(f"<p>{escape(text)}</p>" for text in invoice.footer())
    return (
        f'<!doctype html><html lang="{words.code}"><meta charset="utf-8"><title>{words.title}</title>'
        f"<body><h1>{words.title}</h1>{parties}"
        f"<table>{rows(invoice.facts())}</table><table>{rows(invoice.table())}</table>"
        f"<table>{rows(invoice.closing(sign=True))}</table>{footer}</body></html>"
    )


def make(folder: Path, seed: int) -> Made:
    """Make the invoice of a seed: the same seed, the same invoice."""
    chance = random.Random(seed)
    words = LANGUAGES[seed % len(LANGUAGES)]
    invoice = Invoice(words, chance)
    layout = chance.choice((*LAYOUTS, "text", "html"))
    if words.code == "pl" and layout in LAYOUTS:
        layout = chance.choice(("text", "html"))  # the fonts that every PDF reader has lack its letters
    path = folder / f"{words.code}-{layout}-{seed}"
    if layout in LAYOUTS:
        path = path.with_suffix(".pdf")
        document = FPDF()
        document.add_page()
        document.set_font(chance.choice(("Helvetica", "Times")), size=9)
        for left, baseline, text in LAYOUTS[layout](invoice):
            document.text(left, baseline, text)
        document.output(str(path))
    else:
        path = path.with_suffix(".txt" if layout == "text" else ".html")
        path.write_text(as_text(invoice) if layout == "text" else as_html(invoice), encoding="utf-8")
    lines = [
        {"description": item, "quantity": str(count), "unit_price": f"{price:.2f}", "amount": f"{amount:.2f}"}
        for item, count, price, _, amount in invoice.lines
    ]
    return Made(path, words.code, layout, invoice.truth(), lines)

"""A value found in a document, and where it was found."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel
from pydantic import Field as Described

FieldType = Literal["text", "date", "amount", "identifier", "email", "phone", "url", "party", "currency"]
Grounding = Literal["verified", "fuzzy", "not_found"]


class Field(BaseModel):
    """One value, with the evidence for it."""

    name: str = Described(description="What it is, in snake case: invoice_number, due_date, total …")
    label: str = Described(description="The same for people.")
    value: str = Described(description="Normalised: dates as YYYY-MM-DD, amounts as 1234.50, identifiers unspaced.")
    raw: str = Described(description="As it stands in the document.")
    type: FieldType
    currency: str | None = Described(default=None, description="ISO 4217 code, for amounts.")
    page: int = Described(ge=1, description="Counted from 1.")
    quote: str = Described(description="The line or phrase of the page that shows the value.")
    confidence: float = Described(ge=0, le=1)
    boxes: list[tuple[float, float, float, float]] = Described(
        default_factory=list, description="Left, top, right, bottom in points from the page's top left corner."
    )
    grounding: Grounding = Described(
        default="not_found", description="Whether the quote was found on the page again, without any model."
    )


LABELS = {
    "invoice_number": "Invoice number",
    "invoice_date": "Invoice date",
    "due_date": "Due date",
    "delivery_date": "Delivery date",
    "order_date": "Order date",
    "effective_date": "Effective date",
    "expiry_date": "Expiry date",
    "document_number": "Document number",
    "contract_number": "Contract number",
    "credit_note_number": "Credit note number",
    "quote_number": "Quote number",
    "order_number": "Order number",
    "customer_number": "Customer number",
    "account_number": "Account number",
    "reference": "Reference",
    "date": "Date",
    "total": "Total",
    "net_total": "Net total",
    "tax_total": "Tax",
    "amount": "Amount",
    "currency": "Currency",
    "vat_id": "VAT number",
    "tax_id": "Tax number",
    "company_number": "Company number",
    "iban": "IBAN",
    "bic": "BIC",
    "email": "E-mail address",
    "phone": "Phone number",
    "fax": "Fax number",
    "url": "Web address",
    "seller": "Seller",
    "buyer": "Buyer",
    "party": "Party",
}
"""Every field's name, in the order fields are listed, with its label for people."""

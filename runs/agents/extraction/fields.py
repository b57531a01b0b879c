"""A value found in a document, and where it was found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, model_validator
from pydantic import Field as Described

FieldType = Literal[
    "text",
    "number",
    "percent",
    "date",
    "amount",
    "identifier",
    "email",
    "phone",
    "url",
    "party",
    "address",
    "duration",
    "currency",
]
Source = Literal["pattern", "table", "model"]
Grounding = Literal["verified", "fuzzy", "not_found"]


class Field(BaseModel):
    """One value, with the evidence for it."""

    name: str = Described(description="What it is, in snake case: invoice_number, due_date, total …")
    label: str = Described(description="The same for people.")
    value: str = Described(description="As it stands in the document; the lines of a longer value apart.")
    normalised: str = Described(
        description="For machines: dates as YYYY-MM-DD, amounts and numbers as 1234.50, identifiers unspaced."
    )
    currency: str | None = Described(default=None, description="ISO 4217 code, for amounts.")
    type: FieldType
    page: int = Described(ge=1, description="Counted from 1.")
    quote: str = Described(description="The line or phrase of the page that shows the value.")
    boxes: list[tuple[float, float, float, float]] = Described(
        default_factory=list, description="Left, top, right, bottom in points from the page's top left corner."
    )
    confidence: float = Described(
        ge=0, le=1, description="How often such a value is right: of those given 0.9 or more, 95 of 100."
    )
    source: Source = Described(
        default="pattern", description="A label or a form that proves itself; the column of a table; a model."
    )
    grounding: Grounding = Described(
        default="not_found", description="Whether the quote was found on the page again, without any model."
    )

    @model_validator(mode="before")
    @classmethod
    def _of_any_version(cls, given: Any) -> Any:
        return in_present_shape(given) if isinstance(given, Mapping) else given


def in_present_shape(field: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give a stored field in the shape fields have today.

    Version 1 of the extractor called ``value`` what is ``normalised`` now, and ``raw`` what is ``value``.
    """
    if "normalised" in field or "value" not in field:
        return field
    rest = {name: value for name, value in field.items() if name not in ("value", "raw")}
    return {**rest, "value": field.get("raw", field["value"]), "normalised": field["value"]}


LABELS = {
    "invoice_number": "Invoice number",
    "invoice_date": "Invoice date",
    "due_date": "Due date",
    "delivery_date": "Delivery date",
    "service_start": "Service period from",
    "service_end": "Service period to",
    "order_date": "Order date",
    "effective_date": "Effective date",
    "expiry_date": "Expiry date",
    "document_number": "Document number",
    "contract_number": "Contract number",
    "credit_note_number": "Credit note number",
    "quote_number": "Quote number",
    "order_number": "Order number",
    "delivery_note_number": "Delivery note number",
    "customer_number": "Customer number",
    "account_number": "Account number",
    "reference": "Reference",
    "date": "Date",
    "total": "Total",
    "net_total": "Net total",
    "tax_total": "Tax",
    "amount": "Amount",
    "tax_rate": "Tax rate",
    "discount": "Discount",
    "shipping": "Shipping",
    "amount_paid": "Amount paid",
    "amount_due": "Amount due",
    "currency": "Currency",
    "payment_terms": "Payment terms",
    "vat_id": "VAT number",
    "tax_id": "Tax number",
    "company_number": "Company number",
    "iban": "IBAN",
    "bic": "BIC",
    "sort_code": "Sort code",
    "bank_code": "Bank code",
    "routing_number": "Routing number",
    "email": "E-mail address",
    "phone": "Phone number",
    "fax": "Fax number",
    "url": "Web address",
    "seller": "Seller",
    "seller_address": "Seller's address",
    "buyer": "Buyer",
    "buyer_address": "Buyer's address",
    "delivery_address": "Delivery address",
    "party": "Party",
}
"""Every field's name, in the order fields are listed, with its label for people."""

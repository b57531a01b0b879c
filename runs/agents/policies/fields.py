"""The names a rule may give to what was extracted from a document."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from difflib import get_close_matches

from runs.agents.extraction.fields import LABELS
from runs.agents.policies.expressions import Expression, Quantity, Span, Value

FIELDS_BY_TYPE = {
    "amounts": "amount",
    "dates": "date",
    "identifiers": "identifier",
    "emails": "email",
    "phones": "phone",
    "urls": "url",
    "parties": "party",
}
"""Names for all values of a type, whatever each of them is."""

COUNTS = ("pages", "words", "fields")
"""Names for how much of something a document has; only comparisons know them."""

TODAY = "today"
"""Names the day of judgement in a calculation."""

_AMOUNTS = frozenset({"total", "net_total", "tax_total", "amount"})


def check_field(name: str) -> str:
    """Return a name that extraction can give. Raises ``ValueError``: a slip would make a rule never apply."""
    known = [*LABELS, *FIELDS_BY_TYPE, *COUNTS]
    if name in known:
        return name
    close = get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else "docs/policies.md lists them"
    raise ValueError(f"there is no field {name!r}: {hint}")


def check_calculation(expression: Expression) -> Value:
    """Calculate with values of the kinds the names have. Raises ``ValueError`` for what can never be calculated.

    The day is the last of a leap February, which shows that the arithmetic of months holds.
    """
    return expression.value(_specimen)


def _specimen(name: str) -> Value:
    if name == TODAY:
        return date(2024, 2, 29)
    if name in FIELDS_BY_TYPE:
        raise ValueError(f"{name!r} stands for many values; name one of them")
    if check_field(name) in COUNTS:
        return Quantity(Decimal(3))
    if name == "date" or name.endswith("_date"):
        # Another day for another name, so that the time between is not nothing.
        return date(2023, 2, 28) + timedelta(days=sum(map(ord, name)) % 300)
    if name in _AMOUNTS or name.endswith(("_total", "_amount")):
        return Quantity(Decimal(7), "EUR")
    if name.endswith(("_rate", "_percent", "_count")):
        return Quantity(Decimal("0.2"))
    if name.endswith(("_period", "_term", "_duration")) or name == "term":
        return Span(months=3)
    raise ValueError(f"{name!r} is no number, no day and no time to calculate with")

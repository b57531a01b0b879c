"""The names a rule may give to what was extracted from a document."""

from __future__ import annotations

from difflib import get_close_matches

from runs.agents.extraction.fields import LABELS

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


def check_field(name: str) -> str:
    """Return a name that extraction can give. Raises ``ValueError``: a slip would make a rule never apply."""
    known = [*LABELS, *FIELDS_BY_TYPE, *COUNTS]
    if name in known:
        return name
    close = get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else "docs/policies.md lists them"
    raise ValueError(f"there is no field {name!r}: {hint}")

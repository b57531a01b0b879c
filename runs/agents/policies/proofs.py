"""Numbers that can be proved by themselves: account, VAT and card numbers, by their checksums."""

from __future__ import annotations

from collections.abc import Callable, Mapping

PROVED = {"iban": "IBAN", "bic": "BIC", "vat": "VAT number", "card": "card number"}
"""The kinds that can be told, and what people call them."""
SHORTEST = {"iban": 15, "bic": 8, "vat": 8, "card": 12}


def is_valid(text: str, kind: str) -> bool:
    """Whether a text is such a number, or begins with one that ends where a word ends."""
    tests, words = _tests()[kind], text.split()
    beginnings = (" ".join(words[:count]) for count in range(len(words), 0, -1))
    return any(
        test(beginning)
        for beginning in beginnings
        if sum(c.isalnum() for c in beginning) >= SHORTEST[kind]
        for test in tests
    )


def _tests() -> Mapping[str, tuple[Callable[[str], bool], ...]]:
    # A tenth of a second to import, and few rules need them.
    from stdnum import bic, iban, luhn
    from stdnum.ch import vat as swiss
    from stdnum.eu import vat as european
    from stdnum.gb import vat as british
    from stdnum.no import mva as norwegian

    return {
        "iban": (iban.is_valid,),
        "bic": (bic.is_valid,),
        "vat": (european.is_valid, british.is_valid, swiss.is_valid, norwegian.is_valid),
        "card": (luhn.is_valid,),
    }

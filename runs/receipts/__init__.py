"""Receipts: what a run was asked, what came of it and how, in one file that shows whether it was touched.

- ``facts``: what a receipt says, read from the run
- ``chain``: events, each under the hash of the one before
- ``leaves``: the single values of a receipt, and where they stand
- ``sealing``: the site's key, and the seal made with it
- ``pages``: the same as a page to read and print, which carries the data in it
- ``reading``: a file as a receipt again
- ``verifying``: whether it is as it was sealed, and what is not
- ``stored``: whether the run still says the same

What a receipt proves and what it does not is said in ``docs/security.md``.
"""

from runs.receipts.facts import receipt_of
from runs.receipts.pages import page_of, text_of
from runs.receipts.reading import NoReceiptHere, Receipt, read_receipt
from runs.receipts.sealing import public_key
from runs.receipts.stored import differences_to_site
from runs.receipts.verifying import Verdict, verify

__all__ = [
    "NoReceiptHere",
    "Receipt",
    "Verdict",
    "differences_to_site",
    "page_of",
    "public_key",
    "read_receipt",
    "receipt_of",
    "text_of",
    "verify",
]

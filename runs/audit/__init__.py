"""The audit: what people and their scripts have done, kept so that a change shows.

- ``entries``: writing an entry, in the transaction that does what it tells of
- ``sealing``: giving entries their places in a chain of hashes, about once a second
- ``reading``: filters, pages, exports
- ``verifying``: whether the chain still holds, and where it first does not

Entries are written without waiting for one another: were each chained to the one before as it is
written, all users' transactions would queue for the newest. What that leaves open, and what the
chain proves, is said in ``docs/security.md``.
"""

from runs.audit.entries import INSERT, entry, record, record_unless_lately, values
from runs.audit.reading import AuditFilter
from runs.audit.sealing import seal
from runs.audit.verifying import Head, Verdict, verify

__all__ = [
    "INSERT",
    "AuditFilter",
    "Head",
    "Verdict",
    "entry",
    "record",
    "record_unless_lately",
    "seal",
    "values",
    "verify",
]

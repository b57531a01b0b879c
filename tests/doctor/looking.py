"""Asking the doctor about one thing, and spoiling it."""

from __future__ import annotations

from django.db import connection

from runs import doctor
from runs.doctor import Finding, State


def finding(name: str) -> Finding:
    (found,) = doctor.examine([name])
    return found


def repaired(name: str) -> Finding:
    """What the doctor says after its repair."""
    (found,) = doctor.repair([finding(name)])
    return found


def is_fine(name: str) -> bool:
    return finding(name).state == State.OK


def text(found: Finding) -> str:
    return " ".join([found.sentence, *found.cases, found.remedy])


def sql(statement: str, *values: object) -> None:
    """Write past every verb, as nobody should."""
    with connection.cursor() as cursor:
        # What is deferred to the end of the transaction forbids changes of the table until then.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(statement, values)

"""Whether the database is able to hold the promise: its constraints, its trigger, its migrations."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import apps
from django.db import DatabaseError, connection, models, transaction
from django.db.migrations.loader import MigrationLoader

from runs.doctor.findings import Finding, counted, fine, sentence, trouble
from runs.models import AgentRun, AuditEntry, Status, Trigger, User

SLOT_TRIGGERS = ("run_slot_within_limit_on_insert", "run_slot_within_limit_on_update")
"""Together with the unique constraint they hold a user to the limit."""
AUDIT_TRIGGERS = ("audit_row_is_kept", "audit_is_not_emptied")
"""They let nobody change or delete what has been written to the audit."""
MIGRATE = "Run: manage.py migrate"
INDEXES = """
    SELECT index.relname, state.indisunique, state.indisvalid AND state.indisready AND state.indislive,
           state.indpred IS NOT NULL
    FROM pg_index AS state JOIN pg_class AS index ON index.oid = state.indexrelid
    WHERE state.indrelid = to_regclass(%s)
"""
# The definition also says NOT VALID and, from PostgreSQL 18 on, NOT ENFORCED.
CONSTRAINTS = """
    SELECT conname, convalidated AND pg_get_constraintdef(oid) NOT LIKE '%%NOT ENFORCED%%'
    FROM pg_constraint WHERE conrelid = to_regclass(%s) AND contype = 'c'
"""
TRIGGERS = """
    SELECT tgname, tgenabled IN ('O', 'A') FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND NOT tgisinternal
"""


def migrations(sample: int) -> Finding:
    """The tables are those this version of the program expects."""
    loader = MigrationLoader(connection)
    missing = sorted(set(loader.graph.nodes) - set(loader.applied_migrations))
    if missing:
        names = (f"{app}.{name}" for app, name in missing)
        return trouble(f"{sentence(counted(missing, 'migration'))} not applied.", names, remedy=MIGRATE)
    return fine("All migrations are applied.")


def constraints(sample: int) -> Finding:
    """Every constraint of the models is in the catalog, valid and enforced, and so are the triggers."""
    missing = [case for model in apps.get_app_config("runs").get_models() for case in _missing_of(model)]
    missing += [*_missing_triggers(AgentRun, SLOT_TRIGGERS), *_missing_triggers(AuditEntry, AUDIT_TRIGGERS)]
    if missing:
        return trouble(
            f"The database does not hold {counted(missing, 'rule')} that it should hold.",
            missing,
            remedy="Repair the rows that break it, then restore it as runs/migrations writes it",
        )
    return fine(
        "Every constraint, and every trigger that holds limits or keeps the audit, is present, valid and enabled."
    )


def _missing_of(model: type[models.Model]) -> Iterator[str]:
    indexes, checks = _rows(INDEXES, model), _rows(CONSTRAINTS, model)
    table = model._meta.db_table
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            found = indexes.get(constraint.name)
            if found is None:
                yield f"{table}: {constraint.name} is missing"
            elif not (found[0] and found[1] and found[2] == (constraint.condition is not None)):
                yield f"{table}: {constraint.name} is not valid, or is not what it was"
        elif isinstance(constraint, models.CheckConstraint):
            held = checks.get(constraint.name)
            if held is None:
                yield f"{table}: {constraint.name} is missing"
            elif not held[0]:
                yield f"{table}: {constraint.name} is not valid or not enforced"
    for index in model._meta.indexes:
        present = indexes.get(index.name)
        if present is None or not present[1]:
            yield f"{table}: the index {index.name} is missing or not valid"


def _missing_triggers(model: type[models.Model], names: Sequence[str]) -> list[str]:
    present = _rows(TRIGGERS, model)
    faults = {name: "missing" if name not in present else "disabled" for name in names}
    return [
        f"{model._meta.db_table}: the trigger {name} is {fault}"
        for name, fault in faults.items()
        if not present.get(name, (False,))[0]
    ]


def _rows(question: str, model: type[models.Model]) -> dict[str, tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(question, [model._meta.db_table])
        return {row[0]: row[1:] for row in cursor.fetchall()}


def refusals(sample: int) -> Finding:
    """The database refuses what must never be: tried, in a transaction that is rolled back."""
    accepted = []
    with transaction.atomic():
        user = User.objects.create(username=f"doctor-{uuid.uuid4()}", is_active=False)
        AgentRun.objects.bulk_create([_run(user, Status.PENDING, slot=1), _run(user, Status.WAITING)])
        for what, run in _impossible(user):
            try:
                with transaction.atomic():
                    AgentRun.objects.bulk_create([run])
            except DatabaseError:
                continue
            accepted.append(what)
        transaction.set_rollback(True)
    if accepted:
        return trouble("The database accepts what it must refuse.", accepted, remedy=MIGRATE)
    return fine("The database refuses a second run in a slot, a slot above the limit and a second waiting run.")


def _impossible(user: User) -> list[tuple[str, AgentRun]]:
    return [
        ("a second active run in the same slot", _run(user, Status.RUNNING, slot=1)),
        ("an active run without a slot", _run(user, Status.PENDING)),
        ("an active run in a slot above the user's limit", _run(user, Status.PENDING, slot=2)),
        ("a second run in the waiting seat", _run(user, Status.WAITING)),
        ("an ended run that has no time of its end", _run(user, Status.COMPLETED)),
    ]


def _run(user: User, status: Status, slot: int | None = None) -> AgentRun:
    return AgentRun(user=user, agent="doctor", agent_version="", trigger=Trigger.COMMAND, status=status, slot=slot)


def is_limit_guarded() -> bool:
    """Whether the triggers that hold users to their limit are in force."""
    return not _missing_triggers(AgentRun, SLOT_TRIGGERS)

"""The doctor sees when the database no longer holds the promise."""

from __future__ import annotations

import pytest

from runs.doctor import State
from runs.models import AgentRun, User
from tests import acting
from tests.doctor.looking import finding, is_fine, sql, text

TABLE = "runs_agentrun"
NOT_VALID = f"""
    ALTER TABLE {TABLE} DROP CONSTRAINT run_ended_has_time,
        ADD CONSTRAINT run_ended_has_time CHECK (completed_at IS NOT NULL) NOT VALID
"""


@pytest.mark.parametrize("name", ["migrations", "constraints", "refusals"])
def test_a_sound_schema_is_fine(db: None, name: str) -> None:
    assert is_fine(name), text(finding(name))


@pytest.mark.parametrize(
    ("damage", "case"),
    [
        ("DROP INDEX run_one_active_per_slot", "run_one_active_per_slot is missing"),
        ("DROP INDEX run_one_waiting_per_user", "run_one_waiting_per_user is missing"),
        (
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'run_one_active_per_slot'::regclass",
            "run_one_active_per_slot is not valid",
        ),
        (
            f"DROP INDEX run_one_active_per_slot; CREATE UNIQUE INDEX run_one_active_per_slot ON {TABLE} (id, slot)",
            "run_one_active_per_slot is not valid, or is not what it was",
        ),
        (f"ALTER TABLE {TABLE} DROP CONSTRAINT run_active_holds_slot", "run_active_holds_slot is missing"),
        (
            NOT_VALID,
            "run_ended_has_time is not valid",
        ),
        (
            f"ALTER TABLE {TABLE} DISABLE TRIGGER run_slot_within_limit_on_insert",
            "run_slot_within_limit_on_insert is disabled",
        ),
        (
            f"DROP TRIGGER run_slot_within_limit_on_update ON {TABLE}",
            "run_slot_within_limit_on_update is missing",
        ),
        ("DROP INDEX run_active", "the index run_active is missing"),
    ],
)
def test_a_rule_that_is_gone_or_not_in_force_is_named(db: None, damage: str, case: str) -> None:
    sql(damage)

    found = finding("constraints")

    assert found.state == State.TROUBLE
    assert case in text(found)


@pytest.mark.parametrize(
    ("damage", "accepted"),
    [
        ("DROP INDEX run_one_active_per_slot", "a second active run in the same slot"),
        ("DROP INDEX run_one_waiting_per_user", "a second run in the waiting seat"),
        (f"ALTER TABLE {TABLE} DROP CONSTRAINT run_active_holds_slot", "an active run without a slot"),
        (f"ALTER TABLE {TABLE} DROP CONSTRAINT run_ended_has_time", "an ended run that has no time of its end"),
        (f"ALTER TABLE {TABLE} DISABLE TRIGGER USER", "an active run in a slot above the user's limit"),
    ],
)
def test_what_the_database_would_accept_is_found_by_trying(db: None, damage: str, accepted: str) -> None:
    sql(damage)

    found = finding("refusals")

    assert (found.state, found.cases) == (State.TROUBLE, (accepted,))


def test_trying_leaves_nothing_behind(owner: User) -> None:
    acting.pending(owner)
    before = (AgentRun.objects.count(), User.objects.count())

    finding("refusals")

    assert (AgentRun.objects.count(), User.objects.count()) == before


def test_a_missing_migration_is_named(db: None) -> None:
    sql("DELETE FROM django_migrations WHERE app = 'runs' AND name = '0001_initial'")

    found = finding("migrations")

    assert found.state == State.TROUBLE
    assert "runs.0001_initial" in found.cases
    assert "manage.py migrate" in found.remedy


def test_a_table_that_is_gone_is_said_not_to_be_looked_at(db: None) -> None:
    sql("ALTER TABLE runs_cluster RENAME TO runs_cluster_gone")

    found = finding("workers")

    assert found.state == State.UNKNOWN
    assert "runs_cluster" in found.sentence
    assert is_fine("slots"), "the checks after it are not spoilt"

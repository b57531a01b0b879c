"""What migrations leave in the database is what the models declare."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection

from runs import doctor
from runs.doctor import State

pytestmark = pytest.mark.django_db


def test_every_constraint_survives_all_migrations() -> None:
    """Django drops every index on a foreign key's column with the key's own, those of constraints too."""
    (found,) = doctor.examine(["constraints"])
    assert (found.state, found.cases) == (State.OK, ())


def test_every_index_survives_all_migrations() -> None:
    missing = []
    for model in apps.get_app_config("runs").get_models():
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, model._meta.db_table)
        missing += [index.name for index in model._meta.indexes if index.name not in found]
    assert missing == []


def test_a_run_has_no_second_index_on_its_user_alone() -> None:
    with connection.cursor() as cursor:
        indexes = connection.introspection.get_constraints(cursor, "runs_agentrun")
    assert [name for name, each in indexes.items() if each["index"] and each["columns"] == ["user_id"]] == [
        "run_one_waiting_per_user"
    ]

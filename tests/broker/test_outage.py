"""The database is away for a while, and the queue goes on when it is back."""

from __future__ import annotations

from typing import Any

import psycopg2
import pytest
from django.db import OperationalError, connection
from django.db.models.functions import Now
from django_q.models import OrmQ

from runs.broker import Broker
from runs.broker import broker as broker_module
from runs.broker.outage import Outage
from tests.broker.dealing import ids, message


def test_is_said_once_however_often_it_is_met(caplog: Any) -> None:
    outage = Outage()

    for _ in range(3):
        outage.note(psycopg2.OperationalError("connection refused\nis it running?"))
    for _ in range(3):
        outage.over()

    said = [record.msg for record in caplog.records]
    assert said[0] == {"event": "database_away", "reason": "connection refused"}
    assert [line["event"] for line in said] == ["database_away", "database_back"]
    assert not outage.is_on


@pytest.mark.django_db(transaction=True)
def test_the_pusher_goes_on_after_it(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker_module, "PAUSE_SECONDS", 0.01)
    row = broker.enqueue(message())
    broker._listener.listen()
    broker._claim()
    cut_all_connections()

    assert broker.dequeue() is None
    OrmQ.objects.update(lock=Now())
    assert ids(broker.dequeue()) == [row]


@pytest.mark.django_db(transaction=True)
def test_the_monitor_acknowledges_after_it(broker: Broker) -> None:
    row = broker.enqueue(message())
    cut_all_connections()

    broker.acknowledge(row)

    assert not OrmQ.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_chores_wait_until_workers_have_renewed_their_leases(
    broker: Broker, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    monkeypatch.setattr(broker_module, "CHORES", ("tests.broker.dealing.explode",))
    broker._outage.note(OperationalError("away"))

    assert not broker.dequeue()

    assert "database_back" in caplog.text
    assert "chore_failed" not in caplog.text


def cut_all_connections() -> None:
    """What a restart of the server does to everybody who is connected."""
    other = psycopg2.connect(
        **{key: value for key, value in connection.get_connection_params().items() if key not in ("cursor_factory",)}
    )
    with other, other.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    other.close()

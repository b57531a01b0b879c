"""The doctor sees when what is due is not triggered."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from runs import schedules
from runs.models import Cluster, Schedule, User
from tests.doctor.looking import finding, is_fine, text
from tests.schedules.keeping import scheduled

pytestmark = pytest.mark.django_db


def test_what_is_overdue_while_workers_listen_is_trouble(owner: User) -> None:
    assert is_fine("schedules")
    scheduled(owner)
    Schedule.objects.update(next_run_at=Now() - timedelta(seconds=50))
    assert is_fine("schedules"), "a cluster may be about to"

    Schedule.objects.update(next_run_at=Now() - timedelta(seconds=70))

    assert "1 schedule due for more than a minute" in text(finding("schedules"))
    assert "Nightly" in text(finding("schedules"))
    schedules.fire()
    assert is_fine("schedules")


def test_nobody_wonders_while_nothing_listens(owner: User) -> None:
    scheduled(owner)
    Schedule.objects.update(next_run_at=Now() - timedelta(hours=1))
    Cluster.objects.all().delete()
    assert "caught up once" in text(finding("schedules"))
    assert is_fine("schedules")

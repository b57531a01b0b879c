"""Drills at the operators' pages."""

from __future__ import annotations

from django.test import Client
from django.utils import timezone

from runs.drills import FAULTS, Outcome, Result
from runs.models import Drill

DRILLS = "/admin/runs/drill/"


def test_what_was_measured_is_shown_beside_what_it_had_to_be(as_attendant: Client) -> None:
    stood = Result(FAULTS["busy-worker"], Outcome.WITHIN, slot=1.234, start=2.5)
    broken = Result(FAULTS["main"], Outcome.BROKEN, slot=4.0, note="no run <started> in time")
    drill = Drill.objects.create(
        host="worker-1",
        version="1",
        ended_at=timezone.now(),
        is_within_budgets=False,
        results=[stood.as_json(), broken.as_json()],
    )

    page = as_attendant.get(f"{DRILLS}{drill.pk}/change/").content.decode()

    assert "a worker killed while it has a run: within; slot free after 1.23 s of 3 s, next start after 2.50 s" in page
    assert "next start not measured. no run &lt;started&gt; in time" in page


def test_one_under_way_says_so(as_attendant: Client) -> None:
    Drill.objects.create(host="worker-1", version="1")

    assert "not ended" in as_attendant.get(DRILLS).content.decode()

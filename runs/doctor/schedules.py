"""Whether what is due is triggered."""

from __future__ import annotations

from datetime import timedelta

from runs import queue
from runs.doctor.findings import Finding, counted, fine, sentence, trouble
from runs.models import Schedule
from runs.models.run import database_now

LATE_AFTER = timedelta(seconds=60)


def schedules(sample: int) -> Finding:
    """No schedule has been due for a minute while workers listen."""
    active = Schedule.objects.filter(next_run_at__isnull=False)
    late = list(active.filter(next_run_at__lt=database_now() - LATE_AFTER).order_by("next_run_at")[:sample])
    if late and queue.is_anyone_listening():
        return trouble(
            f"{sentence(counted(late, 'schedule'))} due for more than a minute, and nobody has triggered a run.",
            [f"{schedule} ({schedule.pk}): due at {schedule.next_run_at:%Y-%m-%d %H:%M} UTC" for schedule in late],
            remedy="See the log of the clusters: they do it about once a second, unless BROKER is stock",
        )
    if late:
        return fine(f"{sentence(counted(late, 'schedule'))} due; they are caught up once when a worker listens.")
    return fine(f"No schedule is overdue ({counted(active.count(), 'schedule')} not paused).")

"""What an attempt has finished, kept for the next one and for whoever looks at a run that did not come to its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, OuterRef, Subquery

from runs.lifecycle.attempts import Attempt
from runs.models import AgentRun, KeptPart

MOST_PARTS: Final = 2_500
MOST_BYTES: Final = 16 * 1024 * 1024
"""Of all values of a run together, as JSON."""
LARGEST_PART: Final = 1024 * 1024
LONGEST_NAME: Final = 100
LONGEST_UNIT: Final = 30


@dataclass(frozen=True, slots=True)
class Tally:
    """How far the whole is: ``done`` of ``total`` in ``unit``."""

    done: int
    total: int
    unit: str


def keep(attempt: Attempt, parts: Mapping[str, Any], tally: Tally | None) -> None:
    """Keep what the attempt has finished: storable values by name. Raises ``LeaseLost``.

    A name that is kept already gets its new value, and keeps its place.
    """
    rows = [
        KeptPart(run_id=attempt.run_id, name=name, value=value, attempt=attempt.number)
        for name, value in parts.items()
    ]
    told = {"kept_done": tally.done, "kept_total": tally.total, "kept_unit": tally.unit} if tally else {}
    kept = KeptPart.objects.filter(run=OuterRef("pk")).order_by().values("run").annotate(count=Count("pk"))
    with transaction.atomic():
        run = attempt.run()
        KeptPart.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["run", "name"],
            update_fields=["value", "attempt", "taken_from"],
        )
        AgentRun.objects.filter(pk=run.pk).update(kept_count=Subquery(kept.values("count")), **told)


def kept_of(run: AgentRun) -> dict[str, Any]:
    """The values of what is kept of ``run``, by name, oldest first."""
    if not run.kept_count:
        return {}
    return dict(KeptPart.objects.filter(run=run, value__isnull=False).order_by("pk").values_list("name", "value"))

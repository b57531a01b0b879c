"""How often a value has changed from run to run of its document: an honest word on how far to trust it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from itertools import pairwise
from typing import Any, Final

from django.db.models import F

from runs.comparing.fields import by_name, candidates
from runs.comparing.findings import by_rule, meaning_of
from runs.models import AgentRun, Status
from runs.models.run import AgentRunQuerySet

LAST_RUNS: Final = 5
FEWEST: Final = 3
"""Of two runs, a comparison says all there is to say."""
LISTS: Final = {"document-extractor": "fields", "policy-checker": "findings"}


def stability(runs: AgentRunQuerySet, run: AgentRun) -> Mapping[str, str]:
    """For each value of the last runs of ``run``'s document that has changed among them, a sentence."""
    part = LISTS.get(run.agent)
    if part is None or run.document_id is None:
        return {}
    completed = runs.filter(document=run.document_id, agent=run.agent, status=Status.COMPLETED)
    last = completed.order_by("-created_at", "-id").annotate(part=F(f"output__{part}"))[:LAST_RUNS]
    lists = [found if isinstance(found, list) else [] for found in last.values_list("part", flat=True)]
    if len(lists) < FEWEST:
        return {}
    meanings = [_meanings(part, found) for found in lists]
    changes = Counter(name for newer, older in pairwise(meanings) for name in _changed(newer, older))
    of_runs = f"in the last {len(lists)} runs of this document."
    return {name: f"Changed {'once' if count == 1 else f'{count} times'} {of_runs}" for name, count in changes.items()}


def _changed(newer: Mapping[str, Hashable], older: Mapping[str, Hashable]) -> list[str]:
    return [name for name in {**newer, **older} if newer.get(name) != older.get(name)]


def _meanings(part: str, found: list[Any]) -> Mapping[str, Hashable]:
    if part == "findings":
        return {rule: meaning_of(finding) for rule, finding in by_rule(found).items()}
    return {
        name: frozenset(Counter(candidate.meaning for candidate in candidates(fields)).items())
        for name, fields in by_name(found).items()
    }

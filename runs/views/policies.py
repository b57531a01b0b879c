"""Policies, for everybody: which there are, what their rules demand, and what changed between versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from runs import policies as kept
from runs.agents.policies import Rule, sentence
from runs.errors import NotFound, PolicyRefused
from runs.models import Policy
from runs.views.requests import PageRequest

VERSIONS_SHOWN: Final = 20
LARGEST_VERSION: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class ShownRule:
    """A rule as the page shows it."""

    rule: Rule
    sentence: str


@require_safe
def policies(request: PageRequest) -> HttpResponse:
    """The latest version of each."""
    shown = kept.with_rule_counts(kept.latest()).select_related("created_by")
    return render(request, "policies.html", {"policies": list(shown)})


@require_safe
def policy(request: PageRequest, name: str, version: int | None = None) -> HttpResponse:
    """One of them: its rules in words, and its versions."""
    found = kept.one(name, _possible(version))
    versions = kept.with_rule_counts(kept.versions(name)).select_related("created_by")
    shown = list(versions[: VERSIONS_SHOWN + 1])
    context: dict[str, Any] = {
        "policy": found,
        "rules": _in_words(found),
        "versions": shown[:VERSIONS_SHOWN],
        "is_cut": len(shown) > VERSIONS_SHOWN,
        "is_latest": not shown or shown[0].version == found.version,
    }
    return render(request, "policy.html", context)


@require_safe
def policy_changes(request: PageRequest, name: str) -> HttpResponse:
    """What differs between two versions: of the latest from the one before, unless asked for others."""
    latest = kept.one(name)
    after = kept.one(name, _asked_for(request, "to", latest.version))
    before = kept.one(name, _asked_for(request, "from", max(after.version - 1, 1)))
    context: dict[str, Any] = {"policy": latest, "before": before, "after": after}
    try:
        context["changes"] = kept.changes_between(before, after)
    except PolicyRefused as refusal:
        # Written when rules had another form.
        context["refusal"] = refusal
    numbers = kept.versions(name).values_list("version", flat=True)
    context["numbers"] = sorted({*numbers[:VERSIONS_SHOWN], before.version, after.version}, reverse=True)
    return render(request, "policy_changes.html", context)


def _in_words(found: Policy) -> list[ShownRule]:
    try:
        return [ShownRule(rule, sentence(rule)) for rule in kept.rules_of(found).rules]
    except PolicyRefused:
        return []


def _asked_for(request: PageRequest, parameter: str, otherwise: int) -> int:
    given = request.GET.get(parameter, "")
    number = int(given) if given.isdecimal() and len(given) < 12 else otherwise
    return _possible(number) or otherwise


def _possible(version: int | None) -> int | None:
    if version is not None and not 0 < version <= LARGEST_VERSION:
        raise NotFound("There is no such version.")
    return version

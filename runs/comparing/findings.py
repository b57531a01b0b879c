"""How the rules of a policy ended."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from runs.comparing.matching import Candidate, matched
from runs.comparing.rows import Row, Side
from runs.comparing.values import even, shown


def verdict_rows(left: Mapping[str, Any], right: Mapping[str, Any]) -> Iterator[Row]:
    """The verdicts on the whole documents."""
    sides = [[candidate] if (candidate := _verdict(output)) else [] for output in (left, right)]
    yield from matched("verdict", "Verdict", *sides)


def finding_rows(left: list[Any], right: list[Any]) -> Iterator[Row]:
    """The rules of both runs; a rule is known by its name, whatever its place in the policy."""
    lefts, rights = by_rule(left), by_rule(right)
    for rule in {**lefts, **rights}:
        finding = rights.get(rule) or lefts[rule]
        sides = [[_candidate(found[rule])] if rule in found else [] for found in (lefts, rights)]
        yield from matched(rule, str(finding.get("title") or rule), *sides)


def by_rule(findings: list[Any]) -> dict[str, Mapping[str, Any]]:
    return {str(finding.get("rule", "")): finding for finding in findings if isinstance(finding, Mapping)}


def in_words(status: object) -> str:
    return str(status).replace("_", " ").capitalize()


def meaning_of(finding: Mapping[str, Any]) -> Hashable:
    return finding.get("status"), even(str(finding.get("explanation", "")))


def _verdict(output: Mapping[str, Any]) -> Candidate | None:
    verdict = output.get("verdict")
    return Candidate(Side(in_words(verdict)), str(verdict)) if verdict else None


def _candidate(finding: Mapping[str, Any]) -> Candidate:
    places = [place for place in finding.get("evidence") or () if isinstance(place, Mapping)]
    first = places[0] if places else {}
    page = first.get("page")
    side = Side(
        text=in_words(finding.get("status")),
        explanation=shown(finding.get("explanation", "")),
        page=page if isinstance(page, int) else None,
        quote=shown(first.get("quote", "")),
    )
    evidence = frozenset((place.get("page"), even(str(place.get("quote", "")))) for place in places)
    return Candidate(side, meaning_of(finding), evidence)

"""Waivers: passing a failed rule of a run, with a reason and until a day.

A run's output is never changed by them: the verdict with waivers is computed beside the original one. A waiver
is proposed again where the same clause stands in a later run, and applied there only when somebody says so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from pydantic import ValidationError

from runs import audit
from runs.agents.policies import Finding, Verdict, verdict
from runs.canonical import sha256_of
from runs.errors import AlreadyWaived, NotFound, NothingToWaive, ReasonMissing, WaiverRefused
from runs.models import AgentRun, Status, User, Waiver
from runs.models.run import database_now
from runs.storable import storable_text

LONGEST_REASON: Final = 500
LONGEST_DAYS: Final = 366
"""A rule that is passed for longer is no exception any more: change the policy."""
WAIVABLE: Final = frozenset({"fail", "needs_review"})
MOST: Final = 1_000
"""Of the waivers that are looked at for one run: its own, and those that may be proposed."""
HYPHENS: Final = "[-\u00ad\u2010-\u2015]"
QUOTATION_MARKS: Final = "[\"'\u2018-\u201f\u00ab\u00bb\u2039\u203a]"
VERSION_MARK: Final = re.compile(
    r"(?:\s*\(\d+\)|[\s._-]+(?:(?:v|ver|version|rev|revision)?[\s._-]*\d+(?:[._-]\d+)*"
    r"|copy|final|draft|signed|clean|redline[ds]?))$"
)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a run stands with its waivers. ``proposals``: waivers of earlier runs by the rule they would pass."""

    verdict: Verdict
    verdict_with_waivers: Verdict
    waivers: Sequence[Waiver]
    proposals: Mapping[str, Waiver]

    @property
    def counting(self) -> list[Waiver]:
        """Those that count now."""
        return [waiver for waiver in self.waivers if not waiver.has_expired]

    @property
    def by_rule(self) -> dict[str, Waiver]:
        return {waiver.rule: waiver for waiver in self.waivers}


def standing(run: AgentRun, among: QuerySet[User] | None = None) -> Standing | None:
    """Return how a completed check stands with its waivers; None for any other run.

    ``among``: whose earlier waivers are proposed; nobody's where it is left out.
    """
    findings = findings_of(run)
    if not findings:
        return None
    now = timezone.now()
    open_ones = [found for found in findings if found.status in WAIVABLE]
    if not open_ones:
        return Standing(verdict(findings), verdict(findings), (), {})
    wanted = Q(run=run)
    if among is not None:
        wanted |= _proposing(run, open_ones, among, now)
    # One statement for both.
    found = list(Waiver.objects.filter(wanted, ended_at=None).select_related("granted_by").order_by("-pk")[:MOST])
    kept = [waiver for waiver in reversed(found) if waiver.run_id == run.pk]
    passed = {waiver.rule for waiver in kept if waiver.expires_at > now}
    proposals = _proposals(run, [each for each in open_ones if each.rule not in passed], found)
    return Standing(verdict(findings), verdict(_with(findings, passed)), kept, proposals)


def grant(run: AgentRun, rule: str, reason: str, days: int | None, *, by: User) -> Waiver:
    """Pass an open rule of ``run`` for so many days.

    One that has expired gives way. Raises ``NothingToWaive``, ``AlreadyWaived``, ``ReasonMissing`` and
    ``WaiverRefused``.
    """
    if days is None or not 1 <= days <= LONGEST_DAYS:
        raise WaiverRefused(f"Please say for how many days it is to count: 1 to {LONGEST_DAYS}.")
    return _grant(run, rule, _reason(reason), timezone.now() + timedelta(days=days), by=by)


def apply(run: AgentRun, proposal_id: int, among: QuerySet[User], *, by: User) -> Waiver:
    """Pass the rule that an earlier run's waiver proposes to pass: for its reason, until its end.

    Raises ``NotFound`` where it is not proposed (any more), and as ``grant`` does.
    """
    found = standing(run, among)
    proposals = found.proposals.values() if found else ()
    proposal = next((each for each in proposals if each.pk == proposal_id), None)
    if proposal is None:
        raise NotFound("This waiver is not proposed for the run.")
    return _grant(run, proposal.rule, proposal.reason, proposal.expires_at, by=by, proposed_by=proposal)


def end(run: AgentRun, waiver_id: int, *, by: User) -> Waiver:
    """Take a waiver of ``run`` back. Raises ``NotFound`` where it has none such, or no more."""
    with transaction.atomic():
        waiver = Waiver.objects.select_for_update(of=("self",)).filter(run=run, pk=waiver_id, ended_at=None).first()
        if waiver is None:
            raise NotFound("The run has no such waiver.")
        _end(waiver, by)
        audit.record("waiver.ended", actor=by, subject=run, rule=waiver.rule, policy=waiver.policy)
        return waiver


def findings_of(run: AgentRun) -> list[Finding]:
    """The findings of a completed check whose content is known; none for any other run."""
    match run.output:
        case {"findings": list(found), "policy": {"name": str()}} if run.status == Status.COMPLETED:
            try:
                return [Finding.model_validate(each) for each in found]
            except ValidationError:
                return []
    return []


def clause_of(finding: Finding, document: str) -> str:
    """What a finding rests on, as a hash: the places that show it, or, where there are none, that they are not there.

    White space, case, hyphens and quotation marks do not count. An absence is the same in what seems to be
    another version of the same document, by its name.
    """
    if finding.evidence:
        quotes = sorted({_plain(shown.quote) for shown in finding.evidence})
        return sha256_of({"quotes": quotes, "count": finding.evidence_count})
    return sha256_of({"absent_from": lineage(document)})


def lineage(name: str) -> str:
    """A document's name without what tells its versions apart: ``Contract_v2 (1).pdf`` and ``contract.docx`` agree."""
    stem = _spaced(PurePath(name).stem)
    while (shorter := VERSION_MARK.sub("", stem)) and shorter != stem:
        stem = shorter
    return " ".join(re.findall(r"[^\W_]+", stem))


def _grant(
    run: AgentRun, rule: str, reason: str, expires_at: datetime, *, by: User, proposed_by: Waiver | None = None
) -> Waiver:
    finding = next((each for each in findings_of(run) if each.rule == rule and each.status in WAIVABLE), None)
    if finding is None:
        raise NothingToWaive(rule)
    with transaction.atomic():
        # All who would waive a rule of this run, one after the other.
        AgentRun.objects.select_for_update(no_key=True).only("pk").get(pk=run.pk)
        now = database_now()
        there = Waiver.objects.filter(run=run, rule=rule, ended_at=None).first()
        if there is not None:
            if there.expires_at > now:
                raise AlreadyWaived(rule)
            _end(there, by)
        waiver = Waiver.objects.create(
            run=run,
            policy=_policy_of(run),
            rule=rule,
            title=storable_text(finding.title, 200),
            clause=clause_of(finding, _document_of(run)),
            reason=reason,
            expires_at=expires_at,
            granted_by=by,
            granted_at=now,
            proposed_by=proposed_by,
        )
        # Its reason may quote the document: that stays with the run.
        told = {"rule": rule, "policy": waiver.policy, "expires_at": expires_at.isoformat()}
        audit.record("waiver.granted", actor=by, subject=run, proposed=proposed_by is not None, **told)
        return waiver


def _end(waiver: Waiver, by: User) -> None:
    waiver.ended_at, waiver.ended_by = timezone.now(), by
    waiver.save(update_fields=["ended_at", "ended_by"])


def _proposing(run: AgentRun, findings: Sequence[Finding], among: QuerySet[User], now: datetime) -> Q:
    """Which earlier waivers may be of the same clauses."""
    document = _document_of(run)
    return Q(
        policy=_policy_of(run),
        rule__in=[finding.rule for finding in findings],
        clause__in=[clause_of(finding, document) for finding in findings],
        expires_at__gt=now,
        run__user__in=among,
        run__created_at__lt=run.created_at,
    )


def _proposals(run: AgentRun, findings: Sequence[Finding], found: Sequence[Waiver]) -> dict[str, Waiver]:
    document = _document_of(run)
    clauses = {finding.rule: clause_of(finding, document) for finding in findings}
    others = [waiver for waiver in found if waiver.run_id != run.pk]
    # The last one granted stands.
    return {each.rule: each for each in reversed(others) if clauses.get(each.rule) == each.clause}


def _with(findings: Sequence[Finding], passed: set[str]) -> list[Finding]:
    return [
        found.model_copy(update={"status": "pass"}) if found.rule in passed and found.status in WAIVABLE else found
        for found in findings
    ]


def _reason(given: str) -> str:
    reason = given.strip()
    if not reason:
        raise ReasonMissing
    if len(reason) > LONGEST_REASON:
        raise WaiverRefused(f"The reason is longer than {LONGEST_REASON} characters.")
    return storable_text(reason, LONGEST_REASON)


def _policy_of(run: AgentRun) -> str:
    name = str((run.output or {})["policy"]["name"])
    return name[:64]


def _document_of(run: AgentRun) -> str:
    document = (run.output or {}).get("document")
    return str(document.get("name", "")) if isinstance(document, dict) else ""


def _spaced(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _plain(text: str) -> str:
    """The words as people would compare them, however they are broken into lines and quoted."""
    return _spaced(re.sub(f"{HYPHENS}\\s*|{QUOTATION_MARKS}", "", text))

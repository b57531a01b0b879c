"""Waivers: the run stays as it is, the same clause is known again, and nobody passes a rule twice."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from runs import access, lifecycle, waivers
from runs.agents.packing import pack, received, unpack
from runs.agents.policies import Finding, Subject, judge, parse_policy
from runs.agents.policies.findings import Evidence
from runs.agents.policy_checker import PolicyChecker
from runs.errors import AlreadyWaived, NotFound, NothingToWaive, ReasonMissing, WaiverRefused
from runs.models import AgentRun, AuditEntry, RunFacts, User, Waiver
from runs.receipts import receipt_of
from tests import acting

CLAUSE = "The customer shall pay within ninety days."


def finding(rule: str = "pay", status: str = "fail", quote: str = CLAUSE) -> dict[str, Any]:
    evidence = [Evidence(page=1, quote=quote, boxes=[])] if quote else []
    return Finding.model_validate(
        {
            "rule": rule, "title": f"Rule {rule}", "severity": "mandatory", "status": status, "explanation": "So.",
            "why": "", "remedy": "", "evidence": evidence, "evidence_count": len(evidence),
        }
    ).model_dump(mode="json")  # fmt: skip


def checked(user: User, *findings: dict[str, Any], document: str = "contract.pdf", policy: str = "basics") -> AgentRun:
    run = acting.pending(user)
    output = {"policy": {"name": policy}, "document": {"name": document}, "findings": list(findings)}
    return lifecycle.complete(acting.started(run), "rejected", output, "1 of 1 rules failed")


def proposed(run: AgentRun) -> dict[str, Waiver]:
    found = waivers.standing(run, access.whose_waivers(run))
    assert found is not None
    return dict(found.proposals)


def expire(waiver: Waiver) -> None:
    Waiver.objects.filter(pk=waiver.pk).update(expires_at=timezone.now() - timedelta(seconds=1))


def test_waived_rule_counts_as_passed_beside_the_runs_own_verdict(owner: User, operator: User) -> None:
    run = checked(owner, finding("pay"), finding("law", "needs_review"), finding("date", "pass"))
    before = AgentRun.objects.filter(pk=run.pk).values().get()
    for rule in ("pay", "law"):
        waivers.grant(run, rule, " Agreed. ", 30, by=operator)
    found = waivers.standing(run)
    assert found is not None
    assert (found.verdict, found.verdict_with_waivers) == ("rejected", "approved")
    assert [(each.rule, each.reason) for each in found.counting] == [("pay", "Agreed."), ("law", "Agreed.")]
    assert AgentRun.objects.filter(pk=run.pk).values().get() == before
    assert AuditEntry.objects.filter(action="waiver.granted", actor=operator).count() == 2


def test_expired_and_ended_waivers_count_no_more(owner: User, operator: User) -> None:
    run = checked(owner, finding())
    first = waivers.grant(run, "pay", "Agreed.", 1, by=operator)
    expire(first)
    found = waivers.standing(run)
    assert found is not None
    assert (found.verdict_with_waivers, found.counting, found.waivers) == ("rejected", [], [first])
    second = waivers.grant(run, "pay", "Again.", 1, by=operator)
    waivers.end(run, second.pk, by=operator)
    found = waivers.standing(run)
    assert found is not None
    assert (found.verdict_with_waivers, list(found.waivers)) == ("rejected", [])
    with pytest.raises(NotFound):
        waivers.end(run, second.pk, by=operator)
    assert AuditEntry.objects.filter(action="waiver.ended").count() == 1


def test_same_clause_is_proposed_in_a_later_run_and_applied_only_when_asked(owner: User, operator: User) -> None:
    earlier = checked(owner, finding())
    granted = waivers.grant(earlier, "pay", "Agreed.", 30, by=operator)
    again = finding(quote="The customer  shall pay with-\nin “ninety” days.")
    later = checked(owner, again, document="another name.pdf")
    assert proposed(later) == {"pay": granted}
    assert waivers.standing(later).verdict_with_waivers == "rejected"  # type: ignore[union-attr]
    applied = waivers.apply(later, granted.pk, access.whose_waivers(later), by=operator)
    assert (applied.reason, applied.expires_at, applied.proposed_by) == ("Agreed.", granted.expires_at, granted)
    assert proposed(later) == {}
    with pytest.raises(NotFound):
        waivers.apply(later, granted.pk, access.whose_waivers(later), by=operator)


def test_nothing_else_is_proposed(owner: User, operator: User, stranger: User) -> None:
    earlier = checked(owner, finding())
    granted = waivers.grant(earlier, "pay", "Agreed.", 30, by=operator)
    others = [
        checked(owner, finding(quote="The customer shall pay within ninety-one days.")),
        checked(owner, finding(rule="other")),
        checked(owner, finding(status="pass")),
        checked(owner, finding(), policy="another"),
        checked(stranger, finding()),
    ]
    assert [proposed(run) for run in others] == [{}] * 5
    later = checked(owner, finding())
    assert proposed(later)
    expire(granted)
    assert proposed(later) == {}


def test_absence_is_proposed_for_versions_of_the_same_document_alone(owner: User, operator: User) -> None:
    earlier = checked(owner, finding(quote=""), document="Supply contract v1.docx")
    granted = waivers.grant(earlier, "pay", "Agreed.", 30, by=operator)
    assert proposed(checked(owner, finding(quote=""), document="supply_contract_v2 (1).pdf")) == {"pay": granted}
    assert proposed(checked(owner, finding(quote=""), document="Lease.docx")) == {}


def test_what_can_not_be_waived_is_refused_and_leaves_nothing(owner: User, operator: User) -> None:
    run = checked(owner, finding(), finding("date", "pass"))
    for rule in ("date", "unknown"):
        with pytest.raises(NothingToWaive):
            waivers.grant(run, rule, "Agreed.", 30, by=operator)
    with pytest.raises(ReasonMissing):
        waivers.grant(run, "pay", " ", 30, by=operator)
    for reason, days in (("a" * 501, 30), ("Agreed.", 0), ("Agreed.", 367), ("Agreed.", None)):
        with pytest.raises(WaiverRefused):
            waivers.grant(run, "pay", reason, days, by=operator)
    with pytest.raises(NothingToWaive):
        waivers.grant(acting.completed(owner), "pay", "Agreed.", 30, by=operator)
    assert not Waiver.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_however_many_waive_at_once_one_waiver_stands(owner: User, operator: User) -> None:
    run, barrier, outcomes = checked(owner, finding()), threading.Barrier(6), []

    def waive() -> None:
        barrier.wait()
        try:
            waivers.grant(run, "pay", "Agreed.", 30, by=operator)
            outcomes.append("granted")
        except AlreadyWaived:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=waive) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["granted", *["refused"] * 5]
    assert Waiver.objects.filter(run=run, ended_at=None).count() == 1


def test_receipt_says_which_rules_were_waived(owner: User, operator: User) -> None:
    run = checked(owner, finding())
    waiver = waivers.grant(run, "pay", "Agreed.", 30, by=operator)
    waivers.end(run, waiver.pk, by=operator)
    (said,) = receipt_of(run)["waivers"]
    assert (said["rule"], said["reason"], said["granted_by"]) == ("pay", "Agreed.", "operator")
    assert said["ended_at"]


# What a run has read


def test_facts_travel_packed_and_judge_as_the_run_did(owner: User) -> None:
    from runs.agents.policies import bundled_policies
    from tests.agents.recording import RecordingContext, document_file

    sample = PolicyChecker.sample
    assert sample is not None
    answer = PolicyChecker().run(RecordingContext(document=document_file(sample)), PolicyChecker.Input())
    packed = received(pack(answer.facts))
    run = acting.pending(owner)
    lifecycle.complete(acting.started(run), "rejected", {}, facts=packed)
    subject = Subject.from_facts(unpack(bytes(RunFacts.objects.get(run=run).packed)))
    rules = parse_policy(bundled_policies()["contract-basics"]).rules
    assert [(each.rule, each.status) for each in (judge(rule, subject) for rule in rules)] == [
        (each.rule, each.status) for each in answer.output.findings
    ]
    run.delete()
    assert not RunFacts.objects.exists()


def test_what_is_no_packing_is_not_kept_and_not_believed() -> None:
    assert [received(each) for each in (None, 3, "", "ö", "no base64!", "A" * 6_000_000)] == [b""] * 6
    bomb = pack({"a": "b" * 40_000_000})
    assert len(bomb) < 100_000
    for packed in (b"", b"nothing", received(bomb)[:-5], received(pack({}))[:3]):
        with pytest.raises(ValueError, match="facts"):
            unpack(packed)
    assert pack({"a": float("nan")}) == pack({"a": "b" * 51_000_000}) == pack(None) == ""

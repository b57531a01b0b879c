"""Trying a policy on a document: bounded, in a process of its own, whatever the document and the rules."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from pydantic import ValidationError

from runs import policy_trials
from runs.agents.policies import Subject, bundled_policies, judge, parse_policy, verdict
from runs.agents.policies.trial import WALL_SECONDS
from runs.agents.policy_checker import PolicyChecker
from runs.documents import read
from runs.errors import PolicyTrialFailed

SAMPLE = PolicyChecker.sample
assert SAMPLE is not None
SLOW_RULES = "name: slow\ntitle: Slow\nrules:\n" + "".join(
    f"  - {{id: slow-{number}, kind: forbid, title: Slow, patterns: ['(a|aa)+$']}}\n" for number in range(60)
)


def test_trial_judges_as_a_run_does() -> None:
    policy = parse_policy(bundled_policies()["contract-basics"])
    trial = policy_trials.on_file(policy, SAMPLE, "application/pdf")
    subject = Subject(read(SAMPLE), today=judged_today())
    findings = [judge(rule, subject) for rule in policy.rules]
    assert trial.findings == findings
    assert (trial.verdict, trial.pages) == (verdict(findings), 3)


def judged_today():  # type: ignore[no-untyped-def]
    from datetime import UTC, datetime

    return datetime.now(UTC).date()


def test_unreadable_document_is_refused_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "broken.pdf"
    path.write_bytes(b"%PDF-1.7\nnothing of the kind")
    with pytest.raises(PolicyTrialFailed) as refused:
        policy_trials.on_file(parse_policy(bundled_policies()["contract-basics"]), path, "application/pdf")
    assert str(refused.value).endswith(".")


@pytest.mark.slow
def test_slow_rules_end_unevaluated_within_the_trials_time(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("a" * 20_000 + "b")
    began = time.monotonic()
    trial = policy_trials.on_file(parse_policy(SLOW_RULES), path, "text/plain")
    assert time.monotonic() - began < WALL_SECONDS + 6
    assert trial.verdict == "needs_review"
    assert set(trial.counts) >= {"not_evaluated"}
    assert trial.counts["not_evaluated"] == 60


def test_nothing_but_a_trials_form_is_believed() -> None:
    with pytest.raises(ValidationError, match="verdict"):
        policy_trials.Trial.model_validate(json.loads('{"verdict": "splendid", "findings": []}'))

"""What another policy would have said of the last runs: from what they have read, without reading it again."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from runs import lifecycle, policies, worker
from runs.agents.packing import pack, received
from runs.agents.policies import bundled_policies
from runs.agents.policies.rejudging import rejudged
from runs.agents.policy_checker import PolicyChecker
from runs.models import AgentRun, RunFacts, User
from runs.what_if import what_if
from tests import acting
from tests.agents.recording import RecordingContext, document_file

pytestmark = pytest.mark.django_db
SOURCE = bundled_policies()["contract-basics"]
STRICTER = (
    SOURCE
    + """
  - id: paper
    title: It is on paper
    kind: require
    phrases: [is printed on paper]
"""
)


@pytest.fixture(scope="module")
def answer() -> Any:
    assert PolicyChecker.sample is not None
    return PolicyChecker().run(RecordingContext(document=document_file(PolicyChecker.sample)), PolicyChecker.Input())


def checked(user: User, answer: Any, facts: bytes | None = None) -> AgentRun:
    run = lifecycle.trigger(user, "policy-checker", {})
    packed = received(pack(answer.facts)) if facts is None else facts
    return lifecycle.complete(acting.started(run), "approved", answer.output.model_dump(mode="json"), facts=packed)


def test_same_rules_change_nothing_and_every_change_is_listed(owner: User, answer: Any) -> None:
    runs = [checked(owner, answer) for _ in range(3)]
    same = what_if(policies.check(SOURCE))
    assert (same.judged, same.changed, same.sentence) == (3, [], "0 of 3 verdicts would change.")
    stricter = what_if(policies.check(STRICTER), last=2)
    assert stricter.sentence == "2 of 2 verdicts would change."
    assert [each.run.pk for each in stricter.changed] == [runs[2].pk, runs[1].pk]
    assert [(each.before, each.after) for each in stricter.changed] == [("approved", "rejected")] * 2
    assert [(rule.rule, rule.before, rule.after) for rule in stricter.changed[0].rules] == [("paper", None, "fail")]


def test_runs_without_usable_facts_are_counted_and_named_as_such(owner: User, answer: Any) -> None:
    checked(owner, answer, b"")
    checked(owner, answer, b"no facts")
    checked(owner, answer)
    outcome = what_if(policies.check(STRICTER))
    assert (outcome.judged, outcome.without_facts, outcome.unjudged) == (1, 1, 1)
    assert outcome.sentence == "1 of 1 verdict would change. 1 run keeps no facts. 1 could not be judged."


def test_facts_that_can_not_be_judged_take_nothing_along() -> None:
    policy = policies.check(SOURCE)
    for packed in ("", "no base64!", pack({"form": 99}), pack({"form": 1})):
        assert rejudged(policy, "a", packed) == {"key": "a", "verdict": "", "ends": {}}


def test_command_says_how_many_and_which(owner: User, answer: Any, tmp_path: Path) -> None:
    run, said, file = checked(owner, answer), io.StringIO(), tmp_path / "stricter.yaml"
    file.write_text(STRICTER)
    call_command("whatif", str(file), last=10, stdout=said)
    assert "contract-basics: 1 of 1 verdict would change." in said.getvalue()
    assert f"{run.pk}  the sample: approved → rejected (paper not there → fail)" in said.getvalue()
    assert RunFacts.objects.count() == 1
    file.write_text("rules: 3")
    with pytest.raises(CommandError, match="can not be used"):
        call_command("whatif", str(file))


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_what_a_real_process_has_read_is_kept_and_judged_again(owner: User) -> None:
    run = lifecycle.trigger(owner, "policy-checker", {})
    worker.deliver(str(run.pk))
    assert RunFacts.objects.filter(run=run).exists()
    assert what_if(policies.check(SOURCE)).sentence == "0 of 1 verdict would change."

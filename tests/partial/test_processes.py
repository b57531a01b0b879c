"""With real processes: what was finished survives whatever becomes of the one that did it, and is not done again."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from runs import agents, lifecycle, worker
from runs.models import AgentRun, AgentSettings, EventKind, KeptPart, Status, User
from runs.partials import partial_output
from tests import acting
from tests.test_worker import InBackground, in_background
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["in_background"]


def steps_taken(run: AgentRun, attempt: int) -> list[str]:
    steps = run.events.filter(kind=EventKind.STEPPED, attempt=attempt)
    return list(steps.values_list("message", flat=True))


def until_kept(run: AgentRun, count: int = 2) -> None:
    wait_until(lambda: KeptPart.objects.filter(run=run).count() >= count)


def test_a_killed_process_loses_nothing_and_the_next_attempt_goes_on(owner: User, in_background: Any) -> None:
    # Far longer than the test may take: were the kept steps taken again, it would not end.
    delivery: InBackground = in_background(owner, "succeed", seconds=1.2, steps=6, keep_steps=True)
    until_kept(delivery.run)
    delivery.process().send_signal(signal.SIGKILL)
    run = delivery.finish()
    assert run.status == Status.PENDING
    kept = list(lifecycle.kept_of(run))
    assert len(kept) >= 2

    acting.due(run)
    worker.deliver(str(run.pk))

    run = acting.fresh(run)
    assert (run.status, run.attempt) == (Status.COMPLETED, 2)
    assert steps_taken(run, 2) == [f"Step {number} of 6" for number in range(len(kept) + 1, 7)]


def test_a_cancelled_run_shows_what_it_has_finished_and_is_continued(owner: User, in_background: Any) -> None:
    delivery: InBackground = in_background(owner, "succeed", seconds=2, steps=10, keep_steps=True)
    until_kept(delivery.run)
    lifecycle.cancel(delivery.run, by=owner)
    run = delivery.finish()
    done = run.kept_done
    assert (run.status, run.summary) == (Status.CANCELLED, f"{done} of 10 steps")
    assert partial_output(run)["steps"] == done

    rest = lifecycle.continue_run(run, by=owner)
    worker.deliver(str(rest.pk))

    rest = acting.fresh(rest)
    assert rest.status == Status.COMPLETED
    assert steps_taken(rest, 1) == [f"Step {number} of 10" for number in range(done + 1, 11)]


def test_what_was_finished_before_the_time_was_up_is_kept(owner: User, settings: Any) -> None:
    settings.STOP_GRACE_SECONDS = 0.2
    AgentSettings.objects.create(agent="rehearsal", max_attempts=1, run_limit_seconds=1)
    run = lifecycle.trigger(owner, "rehearsal", {"act": "deafen", "seconds": 0, "steps": 3, "keep_steps": True})

    worker.deliver(str(run.pk))

    run = acting.fresh(run)
    assert (run.error_code, run.summary) == ("timed_out", "3 of 3 steps")


def test_a_stopped_check_is_gone_on_with_by_the_rest_of_its_rules(owner: User) -> None:
    run = lifecycle.trigger(owner, "policy-checker", {})
    whole = carried_out(run)
    assert whole.output is not None
    findings = whole.output["findings"]
    stopped = judged_up_to(owner, whole, 5)
    half = partial_output(stopped)
    assert agents.AGENTS["policy-checker"].Output.model_validate(half)
    assert half["findings"][:5] == findings[:5]
    assert {finding["status"] for finding in half["findings"][5:]} == {"not_evaluated"}
    assert (half["counts"]["not_evaluated"], len(half["findings"])) == (len(findings) - 5, len(findings))
    assert stopped.summary == f"5 of {len(findings)} rules"

    rest = carried_out(lifecycle.continue_run(stopped, by=owner))

    assert (rest.output, rest.result, rest.summary) == (whole.output, whole.result, whole.summary)
    judged = [step for step in steps_taken(rest, 1) if step.startswith("Rule ")]
    assert [step.split(":")[0] for step in judged][:1] == [f"Rule 6 of {len(findings)}"]


def carried_out(run: AgentRun) -> AgentRun:
    worker.deliver(str(run.pk))
    run = acting.fresh(run)
    assert run.status == Status.COMPLETED
    return run


def judged_up_to(owner: User, whole: AgentRun, count: int) -> AgentRun:
    """A run of the same check that was stopped after ``count`` rules: it keeps what the agent itself keeps."""
    from tests.agents.recording import RecordingContext, document_file

    checker = agents.AGENTS["policy-checker"]
    assert checker.sample is not None
    assert whole.policy is not None
    policy = {name: getattr(whole.policy, name) for name in ("name", "version", "title", "rules")}
    context = RecordingContext(document=document_file(checker.sample), policy=policy)
    checker.run(context, checker.Input())
    attempt = acting.started(lifecycle.trigger(owner, checker.name, {}))
    first = dict(list(context.parts.items())[: count + 1])
    total = len(context.parts) - 1
    lifecycle.keep(attempt, first, lifecycle.Tally(count, total, "rules"))
    return lifecycle.fail(attempt, "timed_out", "Agent run timed out")  # type: ignore[arg-type]

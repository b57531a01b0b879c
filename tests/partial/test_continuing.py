"""The rest of a run that did not come to its end: only what fits is gone on with, by all the rules of a trigger."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.base import ContentFile

from runs import agents, lifecycle, policies, uploads
from runs.errors import AlreadyRunning, NotContinued, QuotaUsedUp, WrongStatus
from runs.models import AgentRun, KeptPart, Policy, Status, Trigger, User
from runs.partials import TakenOver, taken_over
from tests import acting
from tests.partial.staging import at_work, step, unfinished

pytestmark = pytest.mark.django_db

SENTENCE = "Run it again instead."


def test_it_takes_over_what_was_finished_and_says_from_whom(owner: User) -> None:
    run = unfinished(owner)

    rest = lifecycle.continue_run(run, by=owner)

    assert (rest.status, rest.trigger, rest.rerun_of, rest.input) == (
        Status.PENDING,
        Trigger.CONTINUATION,
        run,
        run.input,
    )
    assert lifecycle.kept_of(rest) == {"step 1": step(), "step 2": step()}
    assert rest.kept_words == "2 of 5 steps"
    assert taken_over(rest) == [TakenOver(run.pk, ["step 1", "step 2"])]
    assert lifecycle.kept_of(acting.fresh(run)) == lifecycle.kept_of(rest), "it stays where it was, too"


def test_a_completed_continuation_still_says_what_it_has_taken_over(owner: User) -> None:
    run = unfinished(owner)
    rest = lifecycle.continue_run(run, by=owner)
    attempt = acting.started(rest)
    lifecycle.keep(attempt, {"step 3": step()}, None)

    done = lifecycle.complete(attempt, "rehearsed", {}, "")

    assert taken_over(done) == [TakenOver(run.pk, ["step 1", "step 2"])]
    assert not KeptPart.objects.filter(run=done, value__isnull=False).exists()


def test_a_chain_names_the_runs_that_did_the_work(owner: User) -> None:
    first = unfinished(owner)
    second = lifecycle.continue_run(first, by=owner)
    attempt = acting.started(second)
    lifecycle.keep(attempt, {"step 3": step()}, None)
    second = lifecycle.fail(attempt, "timed_out", "Agent run timed out")  # type: ignore[arg-type]

    third = lifecycle.continue_run(second, by=owner)

    assert taken_over(third) == [TakenOver(first.pk, ["step 1", "step 2"]), TakenOver(second.pk, ["step 3"])]


@pytest.mark.parametrize("status", [Status.WAITING, Status.PENDING, Status.RUNNING, Status.COMPLETED])
def test_only_a_run_that_has_ended_without_completing_has_a_rest(owner: User, status: Status) -> None:
    run = acting.BRING_TO[status](owner)
    before = AgentRun.objects.count()

    with pytest.raises(WrongStatus):
        lifecycle.continue_run(run, by=owner)

    assert AgentRun.objects.count() == before


def test_nothing_kept_is_nothing_to_go_on_from(owner: User) -> None:
    with pytest.raises(NotContinued, match=f"Nothing of this run was kept. {SENTENCE}"):
        lifecycle.continue_run(acting.failed(owner), by=owner)


def test_a_changed_agent_is_refused(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    run = unfinished(owner)
    monkeypatch.setattr(type(agents.AGENTS["rehearsal"]), "version", "9.0.0")

    with pytest.raises(NotContinued, match=r"from version 1\.\S+ to 9\.0\.0"):
        lifecycle.continue_run(run, by=owner)


class TestOfAPolicy:
    def stopped(self, owner: User) -> AgentRun:
        document = uploads.keep(ContentFile(b"An agreement between two parties.", "a.txt"), owner)
        run = lifecycle.trigger(owner, "policy-checker", {"document": str(document.pk)})
        attempt = acting.started(run)
        lifecycle.keep(attempt, {"rule a": {}}, None)
        return lifecycle.fail(attempt, "timed_out", "Agent run timed out")  # type: ignore[arg-type]

    def test_the_hash_of_its_policy_is_recorded(self, owner: User) -> None:
        run = self.stopped(owner)

        assert run.policy is not None
        assert run.policy_hash == run.policy.content_hash
        assert len(run.policy_hash) == 64
        assert acting.pending(owner).policy_hash == ""

    def test_the_same_policy_and_document_go_on(self, owner: User) -> None:
        run = self.stopped(owner)

        assert lifecycle.continue_run(run, by=owner).document == run.document

    def test_a_newer_policy_is_refused(self, owner: User) -> None:
        run = self.stopped(owner)
        assert run.policy is not None
        policies.publish(run.policy.source, by=owner)

        with pytest.raises(NotContinued, match="from contract-basics@1 to contract-basics@2"):
            lifecycle.continue_run(run, by=owner)

    def test_a_policy_that_was_tampered_with_is_refused(self, owner: User) -> None:
        run = self.stopped(owner)
        Policy.objects.update(rules=[])

        with pytest.raises(NotContinued, match="changed in itself"):
            lifecycle.continue_run(run, by=owner)

    def test_a_deleted_document_is_refused(self, owner: User) -> None:
        run = self.stopped(owner)
        assert run.document is not None
        run.document.delete()

        with pytest.raises(NotContinued, match="document has been deleted"):
            lifecycle.continue_run(acting.fresh(run), by=owner)


class TestByTheRulesOfATrigger:
    def test_a_taken_slot_is_in_the_way(self, owner: User) -> None:
        run = unfinished(owner)
        acting.pending(owner)

        with pytest.raises(AlreadyRunning):
            lifecycle.continue_run(run, by=owner)

        assert KeptPart.objects.count() == 2, "nothing is stored when it is refused"

    def test_it_can_wait_and_keeps_what_it_has_taken_over(self, owner: User) -> None:
        run = unfinished(owner)
        blocking = acting.pending(owner)

        rest = lifecycle.continue_run(run, by=owner, on_conflict="wait")
        lifecycle.cancel(blocking, by=owner)

        rest = acting.fresh(rest)
        assert (rest.status, list(lifecycle.kept_of(rest))) == (Status.PENDING, ["step 1", "step 2"])

    def test_the_quota_counts_it(self, owner: User) -> None:
        run = unfinished(owner)
        User.objects.filter(pk=owner.pk).update(daily_run_limit=1)

        with pytest.raises(QuotaUsedUp):
            lifecycle.continue_run(run, by=owner)

    def test_it_ends_unfinished_itself_with_what_there_is(self, owner: User) -> None:
        rest = lifecycle.continue_run(unfinished(owner), by=owner)

        assert lifecycle.cancel(rest, by=owner).summary == "2 of 5 steps"


def test_the_parts_go_with_their_run(owner: User) -> None:
    attempt: Any = at_work(owner)
    AgentRun.objects.filter(pk=attempt.run_id).delete()

    assert not KeptPart.objects.exists()

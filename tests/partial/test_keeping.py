"""What an attempt has finished is kept, by the attempt that holds the run alone, within bounds."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from runs import agents, lifecycle
from runs.errors import LeaseLost
from runs.filters import RunFilter
from runs.kept_parts import KeptParts
from runs.lifecycle import Tally
from runs.lifecycle.parts import LARGEST_PART, MOST_PARTS
from runs.models import AgentRun, KeptPart, Status, User
from runs.partials import partial_output
from runs.run_pages import page_of
from tests import acting
from tests.partial.staging import at_work, step, unfinished
from tests.test_reports import heard

pytestmark = pytest.mark.django_db


def kept(name: str = "a", value: Any = 1, **more: Any) -> dict[str, Any]:
    return {"kind": "kept", "part": name, "value": value, "done": 0, "total": 0, "unit": "", **more}


class TestHeard:
    """From the agent's process, which may be broken or hostile."""

    def test_parts_and_how_far_the_whole_is(self) -> None:
        parts = heard(kept("a", {"x": 1}, done=1, total=2, unit="rules"), kept("b", [2])).parts

        assert (parts.fresh, parts.tally) == ({"a": {"x": 1}, "b": [2]}, Tally(1, 2, "rules"))

    @pytest.mark.parametrize(
        "message",
        [
            kept(value=None),
            kept(""),
            kept(value=float("nan")),
            kept(value="x" * (LARGEST_PART + 1)),
            kept(value=json.loads("[" * 150 + "]" * 150)),
        ],
    )
    def test_what_cannot_be_kept_is_said_in_the_log_and_left(self, message: dict[str, Any]) -> None:
        report = heard(message, kept("after"))

        assert (list(report.parts.fresh), [line.level for line in report.news.lines]) == (["after"], ["warning"])

    @pytest.mark.parametrize("numbers", [{"done": 3, "total": 2}, {"done": -1, "total": 2}, {"total": 10**12}])
    def test_impossible_numbers_are_not_believed(self, numbers: dict[str, int]) -> None:
        assert heard(kept(**numbers)).parts.tally is None

    def test_text_the_database_refuses_is_cleaned(self) -> None:
        assert heard(kept("a\x00", "b\ud800")).parts.fresh == {
            "a\N{REPLACEMENT CHARACTER}": "b\N{REPLACEMENT CHARACTER}"
        }

    def test_too_many_are_refused_once_in_the_log(self) -> None:
        report = heard(*[kept(str(number)) for number in range(MOST_PARTS + 5)])

        assert (len(report.parts.fresh), len(report.news.lines)) == (MOST_PARTS, 1)

    def test_too_much_together_is_refused_and_what_an_earlier_attempt_kept_counts(self) -> None:
        most = "x" * (LARGEST_PART - 100)
        parts = KeptParts.of({str(number): most for number in range(15)})

        assert [bool(parts.hear(name, most, 0, 0, "")) for name in ("b", "c", "d")] == [False, True, False]
        assert list(parts.fresh) == ["b"]
        assert not parts.hear("b", "short", 0, 0, "")
        assert not parts.hear("c", "short", 0, 0, "")
        assert list(parts.fresh) == ["b", "c"], "a new value takes the place of the old one"


class TestKept:
    def test_a_part_kept_again_has_its_new_value_in_its_old_place(self, owner: User) -> None:
        attempt = at_work(owner)

        lifecycle.keep(attempt, {"step 1": step(9), "step 3": step()}, Tally(3, 5, "steps"))

        run = AgentRun.objects.get()
        assert list(lifecycle.kept_of(run)) == ["step 1", "step 2", "step 3"]
        assert lifecycle.kept_of(run)["step 1"] == step(9)
        assert (run.kept_count, run.kept_words) == (3, "3 of 5 steps")

    def test_a_lost_attempt_keeps_nothing(self, owner: User) -> None:
        attempt = at_work(owner)
        acting.lose_lease(AgentRun.objects.get())
        lifecycle.rescue()

        with pytest.raises(LeaseLost):
            lifecycle.keep(attempt, {"step 3": step()}, Tally(3, 5, "steps"))

        run = AgentRun.objects.get()
        assert (list(lifecycle.kept_of(run)), run.kept_words) == (["step 1", "step 2"], "2 of 5 steps")

    def test_an_attempt_of_a_run_stopped_by_force_keeps_nothing_more(self, owner: User) -> None:
        attempt = at_work(owner)
        lifecycle.force_stop(AgentRun.objects.get(), by=owner)

        with pytest.raises(LeaseLost):
            lifecycle.keep(attempt, {"step 3": step()}, None)

        assert KeptPart.objects.count() == 2

    def test_every_unfinished_end_is_summed_up_and_a_completed_one_by_its_answer(self, owner: User) -> None:
        assert unfinished(owner).summary == "2 of 5 steps"
        at_work(owner)
        assert lifecycle.force_stop(AgentRun.objects.active().get(), by=owner).summary == "2 of 5 steps"
        attempt = at_work(owner)
        lifecycle.cancel(AgentRun.objects.active().get(), by=owner)
        assert lifecycle.stopped(attempt).summary == "2 of 5 steps"
        assert lifecycle.complete(at_work(owner), "rehearsed", {}, "it went well").summary == "it went well"
        assert acting.failed(owner).summary == ""

    def test_a_completed_run_lets_go_of_its_parts(self, owner: User) -> None:
        run = lifecycle.complete(at_work(owner), "rehearsed", {}, "")

        assert not run.is_partial
        assert not KeptPart.objects.exists()

    def test_another_version_of_the_agent_begins_anew(self, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
        attempt = at_work(owner)
        run = lifecycle.fail(attempt, "agent_error", "No.")  # type: ignore[arg-type]
        acting.due(run)
        # As after an upgrade between two attempts.
        monkeypatch.setattr(type(agents.AGENTS["rehearsal"]), "version", "9.0.0")

        assert acting.started(run).number == 2

        run = acting.fresh(run)
        assert (run.agent_version, run.kept_count, lifecycle.kept_of(run)) == ("9.0.0", 0, {})

    def test_the_same_version_goes_on(self, owner: User) -> None:
        run = lifecycle.fail(at_work(owner), "agent_error", "No.")  # type: ignore[arg-type]
        acting.due(run)

        acting.started(run)

        assert list(lifecycle.kept_of(acting.fresh(run))) == ["step 1", "step 2"]

    def test_lists_do_not_read_what_was_kept(self, owner: User) -> None:
        unfinished(owner)
        with CaptureQueriesContext(connection) as asked:
            (run,) = page_of(
                AgentRun.objects.all(), RunFilter.parse({}), now=acting.fresh(AgentRun.objects.get()).created_at
            ).runs
        assert run.summary == "2 of 5 steps"
        assert not [query for query in asked.captured_queries if "keptpart" in query["sql"]]


class TestPartialOutput:
    def test_it_is_put_together_by_the_agent_in_the_form_of_its_output(self, owner: User) -> None:
        output = partial_output(unfinished(owner))

        assert agents.AGENTS["rehearsal"].Output.model_validate(output)
        assert (output["steps"], output["seconds"]) == (2, 3.0)

    def test_a_run_that_goes_on_or_was_completed_has_none(self, owner: User) -> None:
        attempt = at_work(owner)
        assert partial_output(AgentRun.objects.get()) is None
        assert partial_output(lifecycle.complete(attempt, "rehearsed", {}, "")) is None

    def test_parts_that_make_no_sense_to_the_agent_break_nothing(self, owner: User) -> None:
        run = unfinished(owner)
        KeptPart.objects.update(value={"not": "a step"})

        assert run.status == Status.FAILED
        assert partial_output(run) is None

"""Half a result on the page and in the API, marked as such, and the way to the rest of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from runs import agents, lifecycle
from runs.lifecycle import Tally
from runs.models import AgentRun, KeptPart, User
from tests import acting
from tests.agents.recording import RecordingContext, document_file
from tests.api.scripts import Script, script_of
from tests.commands.calling import call
from tests.pages.reading import soup, text
from tests.partial.staging import unfinished

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(owner: User) -> Client:
    client = Client()
    client.force_login(owner)
    return client


@pytest.fixture
def script(owner: User) -> Script:
    return script_of(owner)


def url(run: AgentRun, name: str = "run", **query: str) -> str:
    return reverse(name, args=[run.pk]) + ("?" + "&".join(f"{key}={value}" for key, value in query.items()))


def half_a_check(owner: User) -> AgentRun:
    """A check of the sample contract that was stopped after three rules."""
    run = lifecycle.trigger(owner, "policy-checker", {})
    attempt = acting.started(run)
    checker = agents.AGENTS["policy-checker"]
    assert checker.sample is not None
    context = RecordingContext(document=document_file(checker.sample))
    checker.run(context, checker.Input())
    lifecycle.keep(attempt, dict(list(context.parts.items())[:4]), Tally(3, len(context.parts) - 1, "rules"))
    return lifecycle.force_stop(acting.fresh(run), by=owner)


class TestPage:
    def test_the_result_is_marked_as_partial_and_shows_what_there_is(self, page: Client, owner: User) -> None:
        run = half_a_check(owner)

        shown = soup(page.get(url(run)))

        result = shown.select_one("#_run_result")
        assert result is not None
        assert f"Partial: 3 of {run.kept_total} rules." in result.get_text(" ", strip=True)
        findings = [finding["data-status"] for finding in result.select(".finding")]
        assert len(findings) == run.kept_total
        assert findings.count("not_evaluated") == run.kept_total - 3

    @pytest.mark.parametrize("tab", ["evidence", "json"])
    def test_the_other_tabs_work_on_what_there_is(self, page: Client, owner: User, tab: str) -> None:
        run = half_a_check(owner)

        shown = soup(page.get(url(run, tab=tab))).select_one(f"#_run_{tab}")

        assert shown is not None
        assert "Partial: 3 of" in shown.get_text(" ")
        assert shown.select("[data-item]" if tab == "evidence" else "#json-text")

    def test_lists_say_how_much_there_is_and_why_not_more(self, page: Client, owner: User) -> None:
        unfinished(owner)

        assert "2 of 5 steps · Agent run timed out" in text(page.get(reverse("runs")))

    def test_what_there_is_costs_the_page_one_question(self, page: Client, owner: User) -> None:
        def asked_for(run: AgentRun) -> list[str]:
            page.get(url(run))
            with CaptureQueriesContext(connection) as asked:
                page.get(url(run))
            return [query["sql"] for query in asked.captured_queries]

        without, half = asked_for(acting.failed(owner)), asked_for(unfinished(owner))

        assert len(half) == len(without) + 1, half
        assert sum("runs_keptpart" in query for query in half) == 1

    def test_a_page_that_is_open_is_told_what_there_is_when_the_run_ends(self, page: Client, owner: User) -> None:
        run = half_a_check(owner)

        update = soup(page.get(url(run, "run_update", seen="running")))

        assert "Partial: 3 of" in update.select("#_run_result")[0].get_text(" ")
        assert update.select_one("#_run_actions form[action$='/continue/']")

    def test_continue_leads_to_a_run_of_the_rest(self, page: Client, owner: User) -> None:
        run = unfinished(owner)
        button = soup(page.get(url(run))).select_one(f"form[action='{url(run, 'run_continue').rstrip('?')}'] button")
        assert button is not None
        assert button.get_text(strip=True) == "Continue"

        response = page.post(reverse("run_continue", args=[run.pk]), follow=True)

        rest = AgentRun.objects.get(rerun_of=run)
        assert response.redirect_chain == [(reverse("run", args=[rest.pk]), 302)]
        assert f"Continues {str(run.pk)[:8]}" in text(response)
        attempt = acting.started(rest)
        lifecycle.complete(attempt, "rehearsed", {}, "")
        said = text(page.get(url(rest)))
        assert f"2 parts of it were taken over from run {str(run.pk)[:8]} : step 1, step 2." in said
        assert f"Continued as {str(rest.pk)[:8]}" in text(page.get(url(run)))

    def test_what_was_not_kept_offers_no_continuing(self, page: Client, owner: User) -> None:
        assert "Continue" not in text(page.get(url(acting.failed(owner))))

    def test_a_refusal_says_why_and_running_again_is_offered(self, page: Client, owner: User) -> None:
        run = half_a_check(owner)
        KeptPart.objects.all().delete()
        AgentRun.objects.update(kept_count=0)

        said = text(page.post(reverse("run_continue", args=[run.pk]), follow=True))

        assert "This run can not be continued. Nothing of this run was kept. Run it again instead." in said
        assert "Run again" in said

    def test_a_run_in_the_way_loses_nothing(self, page: Client, owner: User) -> None:
        run = unfinished(owner)
        acting.pending(owner)

        refused = page.post(reverse("run_continue", args=[run.pk]))

        assert refused.status_code == 409
        form = soup(refused).select_one("form.card")
        assert form is not None
        assert form["action"] == reverse("run_continue", args=[run.pk])
        page.post(str(form["action"]), {"on_conflict": "wait"})
        assert AgentRun.objects.waiting().get().rerun_of == run


class TestApi:
    def test_a_run_tells_what_was_finished_with_the_output_so_far(self, script: Script, owner: User) -> None:
        run = unfinished(owner)

        body = script.get(f"/api/v1/runs/{run.pk}").json()
        note = "The act was not played to its end."

        assert body["output"] is None
        assert body["partial"] == {
            "done": 2, "total": 5, "unit": "steps",
            "output": {"act": "succeed", "attempt": 1, "steps": 2, "seconds": 3.0, "note": note},
        }  # fmt: skip
        assert body["summary"] == "2 of 5 steps"

    def test_lists_tell_how_much(self, script: Script, owner: User) -> None:
        unfinished(owner)
        acting.failed(owner)

        runs = script.get("/api/v1/runs").json()["runs"]

        assert [run["partial"] for run in runs] == [None, {"done": 2, "total": 5, "unit": "steps"}]

    def test_continue_makes_a_run_that_names_the_one_it_continues(self, script: Script, owner: User) -> None:
        run = unfinished(owner)

        answer = script.post(f"/api/v1/runs/{run.pk}/continue")

        body = answer.json()
        assert (answer.status_code, body["trigger"], body["continues"]) == (201, "continuation", str(run.pk))
        assert body["taken_over"] == [{"run_id": str(run.pk), "parts": ["step 1", "step 2"]}]

    def test_the_same_request_sent_again_makes_one_run(self, owner: User) -> None:
        run = unfinished(owner)
        script = script_of(owner)
        script.client.defaults["HTTP_IDEMPOTENCY_KEY"] = "the rest"

        codes = [script.post(f"/api/v1/runs/{run.pk}/continue").status_code for _ in range(2)]

        assert codes == [201, 200]
        assert AgentRun.objects.filter(rerun_of=run).count() == 1

    def test_a_refusal_has_its_code_and_sentence(self, script: Script, owner: User) -> None:
        answer = script.post(f"/api/v1/runs/{acting.failed(owner).pk}/continue")

        assert (answer.status_code, answer.json()["code"]) == (409, "not_continued")
        assert (
            answer.json()["detail"]
            == "This run can not be continued. Nothing of this run was kept. Run it again instead."
        )

    def test_a_hidden_run_tells_how_much_and_not_what(self, owner: User, operator: User) -> None:
        run = half_a_check(owner)

        body: dict[str, Any] = script_of(operator).get(f"/api/v1/runs/{run.pk}").json()

        assert body["is_hidden"]
        assert (body["partial"]["done"], body["partial"]["output"], body["taken_over"]) == (3, None, [])


class TestCommand:
    def test_the_rest_is_asked_for(self, owner: User) -> None:
        run = unfinished(owner)

        said = call("runagent", "rehearsal", "--user", "owner", "--continue", str(run.pk)[:8], "--no-follow")

        assert said.code == 0, said.stderr
        assert AgentRun.objects.get(pk=said.stdout.strip()).rerun_of == run

    @pytest.mark.parametrize(
        ("agent", "words", "sentence"),
        [
            ("policy-checker", (), "is one of rehearsal, not of policy-checker"),
            ("rehearsal", ("--steps", "3"), "A run is continued with the input it had"),
            ("rehearsal", ("--set", "steps=3"), "A run is continued with the input it had"),
        ],
    )
    def test_what_does_not_fit_is_refused(
        self, owner: User, agent: str, words: tuple[str, ...], sentence: str
    ) -> None:
        run = unfinished(owner)

        said = call("runagent", agent, "--user", "owner", "--continue", str(run.pk)[:8], "--no-follow", *words)

        assert said.code == 2
        assert sentence in said.stderr

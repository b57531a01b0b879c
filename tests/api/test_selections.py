"""``/api/v1/runs/cancel`` and ``/rerun``: many runs at once."""

from __future__ import annotations

from uuid import uuid4

from runs.models import AgentRun, Status, User
from tests import acting
from tests.api.scripts import Script, script_of


def statuses() -> dict[str, int]:
    found = AgentRun.objects.values_list("status", flat=True)
    return {status: list(found).count(status) for status in set(found)}


def test_runs_that_match_are_cancelled_and_no_others(owner: User, stranger: User, operator: User) -> None:
    acting.pending(owner)
    acting.pending(stranger)
    body = script_of(operator).post(f"/api/v1/runs/cancel?user={owner.username}", {"reason": "cleaning"}).json()
    assert body == {"verb": "cancel", "chosen_count": 1, "has_more": False, "done_count": 1, "refusals": []}
    [cancelled] = AgentRun.objects.filter(status=Status.CANCELLED)
    assert (cancelled.user, cancelled.cancel_reason) == (owner, "cleaning")
    assert statuses() == {Status.CANCELLED: 1, Status.PENDING: 1}


def test_runs_that_are_named_are_run_again_and_refusals_counted(owner: User, operator: User) -> None:
    runs = [acting.completed(owner) for _ in range(3)]
    body = script_of(operator).post("/api/v1/runs/rerun", {"runs": [str(run.pk) for run in runs]}).json()
    assert (body["chosen_count"], body["done_count"]) == (3, 1)
    assert body["refusals"] == [{"sentence": "Its user has an active run: one at a time.", "count": 2}]
    assert AgentRun.objects.filter(rerun_of__isnull=False).get().user == owner


def test_everything_is_not_meant_by_saying_nothing(owner: User, operator: User) -> None:
    run = acting.pending(owner)
    script = script_of(operator)
    for query, body in (("", None), ("", {"reason": "x"}), ("?status=active", {"runs": [str(run.pk)]})):
        response = script.post(f"/api/v1/runs/cancel{query}", body)
        assert (response.status_code, response.json()["code"]) == (422, "nothing_chosen")
    assert script.post("/api/v1/runs/cancel?cursor=x").status_code == 422
    assert acting.fresh(run).status == Status.PENDING


def test_ids_that_nothing_has_choose_nothing(operator: User) -> None:
    body = script_of(operator).post("/api/v1/runs/cancel", {"runs": [str(uuid4())]}).json()
    assert (body["chosen_count"], body["done_count"], body["refusals"]) == (0, 0, [])


def test_others_change_no_runs_together_not_even_their_own(script: Script, owner: User) -> None:
    run = acting.pending(owner)
    response = script.post("/api/v1/runs/cancel", {"runs": [str(run.pk)]})
    assert (response.status_code, response.json()["code"]) == (403, "not_allowed")
    assert acting.fresh(run).status == Status.PENDING

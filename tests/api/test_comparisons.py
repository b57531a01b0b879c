"""``/api/v1/runs/{id}/compare/{other}``: the page's comparison for programs."""

from __future__ import annotations

from runs.models import User
from tests.api.scripts import Script
from tests.test_comparing import extracted, field, rehearsed


def test_two_runs_are_compared_value_by_value(script: Script, owner: User) -> None:
    left = extracted(owner, field("total", "5"), field("seller", "Kestrel"))
    right = extracted(owner, field("total", "6"), field("seller", "Kestrel"))
    answer = script.get(f"/api/v1/runs/{left.pk}/compare/{right.pk}").json()
    assert [answer["left"]["id"], answer["right"]["id"]] == [str(left.pk), str(right.pk)]
    assert answer["counts"] == {"same": 3, "other_evidence": 0, "changed": 1, "only_left": 0, "only_right": 0}
    assert answer["is_of_one_document"] is True
    values = {row["name"]: row for row in answer["groups"][0]["rows"]}
    assert (values["total"]["state"], values["total"]["left"]["text"], values["total"]["right"]["text"]) == (
        "changed",
        "5",
        "6",
    )
    assert values["seller"]["state"] == "same"


def test_refusals_have_their_codes(script: Script, owner: User, stranger: User) -> None:
    mine, theirs, other = extracted(owner), extracted(stranger), rehearsed(owner, {})
    response = script.get(f"/api/v1/runs/{mine.pk}/compare/{other.pk}")
    assert (response.status_code, response.json()["code"]) == (422, "not_comparable")
    for pair in ((mine, theirs), (theirs, mine)):
        assert script.get(f"/api/v1/runs/{pair[0].pk}/compare/{pair[1].pk}").status_code == 404

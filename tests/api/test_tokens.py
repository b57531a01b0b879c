"""``/api/v1/me`` and ``/api/v1/tokens``, and what scopes keep shut."""

from __future__ import annotations

from django.test import Client

from runs import tokens
from runs.models import AgentRun, ApiToken, Scope, User
from tests import acting


def script(user: User, *scopes: Scope) -> Client:
    _, secret = tokens.issue(user, "a test", scopes=scopes)
    return Client(headers={"Authorization": f"Bearer {secret}"})


def test_a_reading_token_changes_nothing(owner: User) -> None:
    run = acting.pending(owner)
    reader = script(owner, Scope.RUNS_READ)
    assert reader.get(f"/api/v1/runs/{run.pk}").status_code == 200
    for method, url in (
        ("post", f"/api/v1/runs/{run.pk}/cancel"),
        ("post", "/api/v1/runs"),
        ("post", "/agents/run"),
        ("post", "/api/v1/tokens"),
        ("delete", f"/api/v1/tokens/{ApiToken.objects.get().pk}"),
    ):
        refused = getattr(reader, method)(url, {}, content_type="application/json")
        assert refused.status_code == 403
        assert "runs:write" in refused.json()["detail"]
    assert AgentRun.objects.get().status == "pending"
    assert ApiToken.objects.get().is_usable


def test_a_writing_token_alone_sees_nothing(owner: User) -> None:
    writer = script(owner, Scope.RUNS_WRITE)
    assert writer.get("/api/v1/runs").status_code == 403


def test_who_am_i(operator: User) -> None:
    me = script(operator, Scope.RUNS_READ).get("/api/v1/me").json()
    assert (me["username"], me["is_operator"], me["scopes"]) == ("operator", False, ["runs:read"])
    assert script(operator, Scope.RUNS_READ, Scope.OPERATE).get("/api/v1/me").json()["is_operator"] is True


def test_tokens_are_made_listed_and_revoked(owner: User, stranger: User) -> None:
    parent = script(owner, Scope.RUNS_READ, Scope.RUNS_WRITE)
    made = parent.post("/api/v1/tokens", {"name": "child", "expires_days": 7}, content_type="application/json")
    assert made.status_code == 201
    child = Client(headers={"Authorization": f"Bearer {made.json()['secret']}"})
    listed = child.get("/api/v1/tokens").json()["tokens"]
    assert [token["name"] for token in listed] == ["child", "a test"]
    assert "secret" not in listed[0]
    url = f"/api/v1/tokens/{made.json()['id']}"
    assert script(stranger, Scope.RUNS_READ, Scope.RUNS_WRITE).delete(url).status_code == 404
    assert parent.delete(url).status_code == 204
    assert child.get("/api/v1/me").status_code == 401


def test_a_token_makes_none_stronger_than_itself(operator: User) -> None:
    weak = script(operator, Scope.RUNS_READ, Scope.RUNS_WRITE)
    asked = {"name": "strong", "scopes": ["operate"]}
    refused = weak.post("/api/v1/tokens", asked, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (422, "token_refused")

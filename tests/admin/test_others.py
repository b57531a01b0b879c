"""Users, tokens, policies, agents and clusters at the operators' pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from runs import lifecycle, policies
from runs.errors import AgentPaused
from runs.limits import limits_of
from runs.models import AgentSettings, ApiToken, Cluster, Policy, User
from runs.models.user import TOKEN_PREFIX, digest
from tests.admin.staging import POLICY, signed_in

TOKENS = "/admin/runs/apitoken/"
POLICIES = "/admin/runs/policy/"
AGENTS = "/admin/runs/agentsettings/"


# --- Tokens


def issue(client: Client, user: User, name: str = "nightly import") -> tuple[str, str]:
    """Issue a token on the page: what is said, and the secret in it."""
    data = {"user": str(user.pk), "name": name, "scopes": ["runs:read"], "expires_at_0": "", "expires_at_1": ""}
    page = client.post(f"{TOKENS}add/", data, follow=True).content.decode()
    start = page.index(TOKEN_PREFIX)
    secret = page[start:].partition("<")[0]
    return page, secret


def test_secret_is_shown_once_and_only_its_hash_is_stored(as_operator: Client, owner: User) -> None:
    _, secret = issue(as_operator, owner)
    token = ApiToken.objects.get()
    assert ApiToken.objects.for_secret(secret) == token
    assert token.digest == digest(secret)
    assert secret not in str(ApiToken.objects.values().get())
    for page in (TOKENS, f"{TOKENS}{token.pk}/change/", f"{TOKENS}{token.pk}/history/", "/admin/"):
        content = as_operator.get(page).content.decode()
        assert secret not in content
        assert token.digest not in content


def test_a_token_gets_no_scope_that_its_user_could_not_use(as_operator: Client, owner: User) -> None:
    data = {"user": str(owner.pk), "name": "mine", "scopes": ["operate"], "expires_at_0": "", "expires_at_1": ""}
    page = as_operator.post(f"{TOKENS}add/", data)
    assert "can not have operate" in page.content.decode()
    assert not ApiToken.objects.exists()


def test_a_token_is_never_edited(as_operator: Client, owner: User, stranger: User) -> None:
    issue(as_operator, owner)
    token = ApiToken.objects.get()
    data = {"user": str(stranger.pk), "name": "mine now", "digest": "0" * 64}
    assert as_operator.post(f"{TOKENS}{token.pk}/change/", data).status_code == 403
    before = ApiToken.objects.values().get()
    assert before["user_id"] == owner.pk
    assert before["name"] == "nightly import"


def test_a_revoked_token_opens_nothing(as_operator: Client, owner: User) -> None:
    _, secret = issue(as_operator, owner)
    token = ApiToken.objects.get()
    data = {"action": "revoke_tokens", "_selected_action": str(token.pk)}
    assert as_operator.post(TOKENS, data).status_code == 200
    assert ApiToken.objects.for_secret(secret) is not None
    as_operator.post(TOKENS, {**data, "confirmed": "yes"})
    assert ApiToken.objects.for_secret(secret) is None
    assert "revoked" in as_operator.get(TOKENS).content.decode()


def test_whoever_may_issue_tokens_cannot_become_a_superuser_by_one(attendant: User, operator: User) -> None:
    attendant.user_permissions.set(Permission.objects.filter(codename__in=["add_apitoken", "view_apitoken"]))
    data = {"user": str(operator.pk), "name": "mine", "scopes": ["runs:read"], "expires_at_0": "", "expires_at_1": ""}
    assert signed_in(attendant).post(f"{TOKENS}add/", data).status_code == 200
    assert not ApiToken.objects.exists()


# --- Users


def user_form(user: User, **changes: object) -> dict[str, object]:
    joined = user.date_joined
    return {
        "username": user.username,
        "is_active": "on",
        "active_run_limit": user.active_run_limit,
        "date_joined_0": f"{joined:%Y-%m-%d}",
        "date_joined_1": f"{joined:%H:%M:%S}",
        **changes,
    }


def test_the_limit_of_active_runs_is_set(as_operator: Client, owner: User) -> None:
    response = as_operator.post(f"/admin/runs/user/{owner.pk}/change/", user_form(owner, active_run_limit=3))
    assert response.status_code == 302, response.content
    owner.refresh_from_db()
    assert owner.active_run_limit == 3


def test_a_limit_of_none_is_refused(as_operator: Client, owner: User) -> None:
    response = as_operator.post(f"/admin/runs/user/{owner.pk}/change/", user_form(owner, active_run_limit=0))
    assert response.status_code == 200
    owner.refresh_from_db()
    assert owner.active_run_limit == 1


def test_users_are_deactivated_and_not_deleted(as_operator: Client, owner: User) -> None:
    response = as_operator.post(f"/admin/runs/user/{owner.pk}/delete/", {"post": "yes"})
    assert response.status_code == 403
    assert User.objects.filter(pk=owner.pk).exists()


def test_whoever_may_edit_users_cannot_rise_by_it(attendant: User, operator: User) -> None:
    attendant.user_permissions.set(Permission.objects.filter(codename__in=["change_user", "view_user"]))
    client = signed_in(attendant)
    powers = {"is_staff": "on", "is_superuser": "on"}
    client.post(f"/admin/runs/user/{attendant.pk}/change/", user_form(attendant, **powers))
    attendant.refresh_from_db()
    assert not attendant.is_superuser
    password = {"password1": "Taken-over-2026", "password2": "Taken-over-2026", "usable_password": "true"}
    assert client.post(f"/admin/runs/user/{operator.pk}/password/", password).status_code == 403
    operator.refresh_from_db()
    assert operator.check_password("operator's password")


# --- Policies


def test_publishing_makes_the_next_version_in_the_operators_name(as_attendant: Client, attendant: User) -> None:
    policies.publish(POLICY)
    response = as_attendant.post(f"{POLICIES}add/", {"source": POLICY})
    assert response.status_code == 302, response.content
    policy = Policy.objects.get(name="supplier-terms", version=2)
    assert policy.created_by == attendant
    assert policy.rules[0]["id"] == "governing-law"


def test_a_refused_policy_says_where_and_keeps_the_text(as_operator: Client) -> None:
    wrong = POLICY.replace("kind: require", "kind: hope")
    page = as_operator.post(f"{POLICIES}add/", {"source": wrong}).content.decode()
    assert "is no kind of rule" in page
    assert "kind: hope" in page
    assert not Policy.objects.exists()


@pytest.mark.parametrize("nonsense", ["", "  ", "[", "a: *b", "\x00", "- " * 100_000, "name: x"])
def test_no_text_breaks_the_page(as_operator: Client, nonsense: str) -> None:
    assert as_operator.post(f"{POLICIES}add/", {"source": nonsense}).status_code == 200
    assert not Policy.objects.exists()


def test_a_new_version_starts_from_the_old_text(as_operator: Client) -> None:
    policy = policies.publish(POLICY)
    page = as_operator.get(f"{POLICIES}{policy.pk}/change/").content.decode()
    link = f"{POLICIES}add/?from={policy.pk}"
    assert link in page
    assert "governing-law" in as_operator.get(link).content.decode()
    assert as_operator.get(f"{POLICIES}add/?from=nonsense").status_code == 200


def test_a_published_version_is_never_changed(as_operator: Client) -> None:
    policy = policies.publish(POLICY)
    assert as_operator.post(f"{POLICIES}{policy.pk}/change/", {"source": "changed"}).status_code == 403
    policy.refresh_from_db()
    assert policy.source == POLICY


def test_the_bundled_policies_are_in_the_list(as_operator: Client) -> None:
    assert "contract-basics" in as_operator.get(POLICIES).content.decode()


# --- Agents


def test_every_agent_of_the_registry_is_listed_with_its_limits(as_operator: Client) -> None:
    page = as_operator.get(AGENTS).content.decode()
    assert all(name in page for name in ("document-extractor", "policy-checker", "rehearsal"))
    assert "256 MB (the agent&#x27;s own)" in page


def test_a_paused_agent_refuses_with_the_reason_until_it_is_resumed(
    as_operator: Client, operator: User, owner: User
) -> None:
    as_operator.get(AGENTS)
    data = {"_selected_action": "rehearsal", "confirmed": "yes"}
    as_operator.post(AGENTS, {**data, "action": "pause_agents", "reason": "It is being repaired."})
    paused = AgentSettings.objects.get(agent="rehearsal")
    assert paused.paused_by == operator
    assert paused.paused_at is not None
    with pytest.raises(AgentPaused, match="It is being repaired"):
        lifecycle.trigger(owner, "rehearsal", {})
    as_operator.post(AGENTS, {**data, "action": "resume_agents"})
    lifecycle.trigger(owner, "rehearsal", {})


def test_pausing_asks_for_the_reason_first(as_operator: Client) -> None:
    as_operator.get(AGENTS)
    page = as_operator.get(f"{AGENTS}rehearsal/action/pause_agents/").content.decode()
    assert 'name="reason"' in page
    assert AgentSettings.objects.get(agent="rehearsal").paused_at is None


def test_limits_are_set_and_do_not_touch_a_pause(as_operator: Client, operator: User) -> None:
    AgentSettings.objects.create(agent="rehearsal", paused_at=Now(), paused_by=operator, paused_reason="Wait.")
    data = {"run_limit_seconds": "30", "queue_limit_seconds": "", "memory_limit_mb": "", "max_attempts": "1"}
    response = as_operator.post(f"{AGENTS}rehearsal/change/", {**data, "paused_reason": "forged"})
    assert response.status_code == 302, response.content
    assert limits_of("rehearsal").run == timedelta(seconds=30)
    chosen = AgentSettings.objects.get(agent="rehearsal")
    assert chosen.paused_reason == "Wait."
    assert chosen.is_paused


def test_a_limit_out_of_range_is_refused(as_operator: Client) -> None:
    AgentSettings.objects.create(agent="rehearsal")
    response = as_operator.post(f"{AGENTS}rehearsal/change/", {"run_limit_seconds": "0", "memory_limit_mb": "1"})
    assert response.status_code == 200
    assert AgentSettings.objects.get(agent="rehearsal").run_limit_seconds is None


def test_only_settings_of_a_forgotten_agent_can_be_deleted(as_operator: Client) -> None:
    for name in ("rehearsal", "forgotten"):
        AgentSettings.objects.create(agent=name)
        as_operator.post(f"{AGENTS}{name}/delete/", {"post": "yes"})
    assert set(AgentSettings.objects.values_list("agent", flat=True)) == {"rehearsal"}


# --- Workers


def test_a_silent_cluster_is_shown_as_gone(as_operator: Client) -> None:
    facts = {"pid": 1, "version": "1", "worker_count": 2}
    alive = Cluster.objects.create(id="00000000-0000-4000-8000-000000000001", host="alive", **facts)
    silent = Cluster.objects.create(id="00000000-0000-4000-8000-000000000002", host="silent", **facts)
    Cluster.objects.filter(pk=silent.pk).update(last_seen_at=Now() - timedelta(minutes=1))
    for cluster, icon in ((alive, "icon-yes"), (silent, "icon-no")):
        page = as_operator.get(reverse("admin:runs_cluster_change", args=[cluster.pk])).content.decode()
        assert icon in page


def test_what_was_done_is_in_the_history(as_operator: Client, operator: User, owner: User) -> None:
    token, _ = ApiToken.issue(owner, "old")
    data = {"action": "revoke_tokens", "_selected_action": str(token.pk), "confirmed": "yes"}
    response = as_operator.post(TOKENS, data)
    assert "revoked" in str(next(iter(get_messages(response.wsgi_request))))
    history = as_operator.get(f"{TOKENS}{token.pk}/history/").content.decode()
    assert "Revoke" in history
    assert operator.username in history

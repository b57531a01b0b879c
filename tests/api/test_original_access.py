"""Who may call the original API: a token's owner, who acts for others, and, where it is open, this machine."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import timezone
from pytest_django import Settings

from runs.models import AgentRun, ApiToken, User
from tests import acting
from tests.api.scripts import Script, on_this_machine, script_of


def ask(script: Script, user_id: UUID) -> tuple[int, dict[str, object]]:
    response = script.post("/agents/run", {"agent_type": "rehearsal", "user_id": str(user_id)})
    return response.status_code, response.json()


def is_let_in(script: Script, run: AgentRun) -> bool:
    response = script.get(f"/agents/status/{run.pk}")
    assert response.status_code in (200, 401)
    if response.status_code == 401:
        assert response["WWW-Authenticate"] == "Bearer"
        assert list(response.json()) == ["detail"]
    return bool(response.status_code == 200)


# --- Tokens -----------------------------------------------------------------------------


def test_nobody_is_refused_before_anything_is_read(db: None) -> None:
    response = Script().send("/agents/run", b"nonsense")
    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")
    assert response.json() == {"detail": "Give a token: Authorization: Bearer <token>"}


@pytest.mark.parametrize("scheme", ["Bearer wrong", "Bearer", "Bearer \xff\xfe", "Basic abc", "nonsense", "Bearer  "])
def test_wrong_credentials_are_refused_even_where_it_is_open(settings: Settings, owner: User, scheme: str) -> None:
    settings.API_OPEN_ON_LOOPBACK = True
    assert not is_let_in(on_this_machine(Authorization=scheme), acting.pending(owner))


@pytest.mark.parametrize("fate", ["revoked", "expired", "its user deactivated"])
def test_token_that_has_had_its_day_is_refused_even_where_it_is_open(
    settings: Settings, owner: User, fate: str
) -> None:
    settings.API_OPEN_ON_LOOPBACK = True
    run = acting.pending(owner)
    token, secret = ApiToken.issue(owner, "a test")
    script = Script(secret, Host="localhost")
    assert is_let_in(script, run)
    past = timezone.now() - timedelta(seconds=1)
    match fate:
        case "revoked":
            ApiToken.objects.filter(pk=token.pk).update(revoked_at=past)
        case "expired":
            ApiToken.objects.filter(pk=token.pk).update(expires_at=past)
        case _:
            User.objects.filter(pk=owner.pk).update(is_active=False)
    assert not is_let_in(script, run)


def test_browser_session_does_not_open_it(db: None, owner: User) -> None:
    script = Script()
    script.client.force_login(owner)
    assert not is_let_in(script, acting.pending(owner))


def test_token_names_its_own_user_only(script: Script, stranger: User) -> None:
    refusal = {"detail": "This token may only run agents for its own user."}
    assert ask(script, stranger.pk) == (403, refusal)
    assert ask(script, uuid4()) == (403, refusal)
    assert User.objects.count() == 2
    assert not AgentRun.objects.exists()


def test_operator_sees_all_runs_but_does_not_trigger_for_others(owner: User) -> None:
    operator = User.objects.create_user("staff", is_staff=True)
    assert ask(script_of(operator), owner.pk)[0] == 403
    assert is_let_in(script_of(operator), acting.pending(owner))


def test_who_acts_for_others_brings_a_new_user_into_being(delegate: User) -> None:
    script, unseen = script_of(delegate), uuid4()
    assert ask(script, unseen)[0] == 200
    run = AgentRun.objects.get()
    assert run.user_id == unseen
    assert run.events.get().actor == delegate
    assert not run.user.has_usable_password()
    assert is_let_in(script, run)


def test_deactivated_user_is_not_acted_for(delegate: User, stranger: User) -> None:
    User.objects.filter(pk=stranger.pk).update(is_active=False)
    assert ask(script_of(delegate), stranger.pk) == (403, {"detail": "This user has been deactivated."})


def test_strangers_run_and_no_run_look_alike(script: Script, stranger: User) -> None:
    theirs, nobodys = acting.pending(stranger).pk, uuid4()
    for unseen in (theirs, nobodys):
        response = script.get(f"/agents/status/{unseen}")
        assert (response.status_code, response.json()) == (404, {"detail": f"Run ID: {unseen} not found"})


# --- Open on loopback -----------------------------------------------------------------------------


def test_open_to_this_machine_as_the_originals_examples_expect(local: Script) -> None:
    code, body = ask(local, uuid4())
    assert code == 200
    run = AgentRun.objects.get(pk=str(body["run_id"]))
    assert run.events.get().actor == run.user
    assert is_let_in(local, run)


def test_closed_unless_the_settings_open_it(db: None, owner: User) -> None:
    assert not is_let_in(on_this_machine(), acting.pending(owner))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "[::1]:8000", "LOCALHOST:80"])
def test_open_under_every_name_of_this_machine(local: Script, owner: User, host: str) -> None:
    assert is_let_in(on_this_machine(Host=host), acting.pending(owner))


@pytest.mark.parametrize("address", ["127.0.0.1", "127.1.2.3", "::1"])
def test_open_to_every_address_of_this_machine(local: Script, owner: User, address: str) -> None:
    local.client.defaults["REMOTE_ADDR"] = address
    assert is_let_in(local, acting.pending(owner))


@pytest.mark.parametrize("address", ["", "10.0.0.1", "192.168.0.1", "::ffff:10.0.0.1", "2001:db8::1", "nonsense"])
def test_closed_to_other_machines_and_to_unix_sockets(local: Script, owner: User, address: str) -> None:
    local.client.defaults["REMOTE_ADDR"] = address
    assert not is_let_in(local, acting.pending(owner))


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "rebound.example"},
        {"Host": "localhost.example"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Real-IP": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"Via": "1.1 proxy"},
    ],
    ids=str,
)
def test_closed_to_rebound_names_and_to_what_comes_through_a_proxy(
    local: Script, owner: User, settings: Settings, headers: dict[str, str]
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    assert not is_let_in(on_this_machine(**headers), acting.pending(owner))


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:3000"},
        {"Origin": "https://localhost:8000"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
def test_closed_to_pages_of_other_origins_in_a_browser_here(
    local: Script, owner: User, headers: dict[str, str]
) -> None:
    script = on_this_machine(**headers)
    assert ask(script, uuid4())[0] == 401
    assert not is_let_in(script, acting.pending(owner))


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://localhost:8000", "Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}],
    ids=str,
)
def test_open_to_pages_of_its_own(local: Script, owner: User, headers: dict[str, str]) -> None:
    assert is_let_in(on_this_machine(**headers), acting.pending(owner))


def test_form_of_a_hostile_page_does_not_trigger_where_browsers_say_nothing(local: Script) -> None:
    """The forms a page can post without asking first are not JSON."""
    body = b'{"agent_type": "rehearsal", "user_id": "3fa85f64-5717-4562-b3fc-2c963f66afa6"}'
    for declared in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
        assert local.send("/agents/run", body, declared).status_code == 422
    assert not AgentRun.objects.exists()

"""All that can go wrong with an endpoint, on a real connection: what is tried again, and what is said."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from agentsite.language_models import LanguageModel
from runs import lifecycle, worker
from runs.models import AgentRun, EventKind, Status, User
from runs.relay.endpoint import EndpointFault, Exchange
from tests import acting
from tests.llm.asked import ScriptedModel
from tests.llm.model_server import KEY, MODEL
from tests.sites import free_port
from tests.waiting import wait_until
from tests.webhooks.receiving import receiving
from tests.webhooks.test_sending import certificate

pytestmark = pytest.mark.django_db(transaction=True)

BODY: dict[str, Any] = {"messages": [{"role": "user", "content": "The number is 4711."}]}
GOOD = {"act": "answer", "arguments": {"number": 4711}}
NOW = {"Retry-After": "0"}


def ask(user: User) -> AgentRun:
    run = lifecycle.trigger(user, "rehearsal", {"act": "ask_model", "seconds": 0, "steps": 1})
    worker.deliver(str(run.pk))
    return acting.fresh(run)


@pytest.mark.parametrize(
    "fault",
    [
        {"act": "status", "status": 429, "headers": NOW},
        {"act": "status", "status": 503},
        {"act": "garbage"},
        {"act": "truncated"},
    ],
    ids=["rate", "outage", "garbage", "truncated"],
)
def test_what_passes_is_tried_again_in_the_same_attempt(
    model: ScriptedModel, owner: User, fault: dict[str, Any]
) -> None:
    model.plays(fault, GOOD)

    run = ask(owner)

    assert (run.status, run.attempt) == (Status.COMPLETED, 1), run.error
    assert len(model.received) == 2


def test_a_wait_the_provider_asks_for_is_kept(model: ScriptedModel, owner: User) -> None:
    model.plays({"act": "status", "status": 429, "headers": {"Retry-After": "2"}}, GOOD)
    began = time.monotonic()

    assert ask(owner).status == Status.COMPLETED
    assert time.monotonic() - began >= 2


def test_a_longer_wait_than_the_attempt_has_is_kept_by_the_next(model: ScriptedModel, owner: User) -> None:
    model.plays({"act": "status", "status": 429, "headers": {"Retry-After": "500"}})

    run = ask(owner)

    assert run.status == Status.PENDING
    assert len(model.received) == 1, "whoever asks for patience is not asked again meanwhile"
    assert run.due_at is not None
    assert run.started_at is not None
    assert 490 < (run.due_at - run.started_at).total_seconds() < 520
    retried = run.events.get(kind=EventKind.RETRIED)
    assert retried.message == "The language model's provider asks for fewer requests (429)."


def test_an_outage_that_lasts_is_left_to_the_next_attempt(model: ScriptedModel, owner: User, settings: Any) -> None:
    settings.LLM = LanguageModel(f"http://127.0.0.1:{free_port()}/v1", MODEL, KEY)

    run = ask(owner)

    assert run.status == Status.PENDING
    assert run.events.get(kind=EventKind.RETRIED).message == "The language model can not be reached."
    assert run.usage is not None
    assert (run.usage["requests"], run.usage["tokens_in"]) == (3, 0), "nobody has worked on any of them"


REFUSALS = {
    "refused the request (400)": {"act": "status", "status": 400},
    "does not let the site use the model (403)": {"act": "status", "status": 403},
    "knows no such model or address (404)": {"act": "status", "status": 404},
    "content filter": {"act": "status", "status": 400, "body": {"error": {"code": "content_filter"}}},
    "LLM_CONTEXT_TOKENS": {"act": "status", "status": 400, "body": {"error": {"code": "context_length_exceeded"}}},
    "no credit left": {"act": "status", "status": 429, "body": {"error": {"type": "insufficient_quota"}}},
    "larger than 4 MB": {"act": "huge"},
}


@pytest.mark.parametrize("said", REFUSALS)
def test_a_refusal_is_final_and_said_in_words(model: ScriptedModel, said: str) -> None:
    model.plays(REFUSALS[said])

    with pytest.raises(EndpointFault) as caught:
        Exchange(model.settings(), "").post(BODY, 10)

    assert said in caught.value.sentence
    assert not caught.value.is_passing


@pytest.mark.parametrize(("act", "said"), [("filtered", "content filter"), ("refusal", "refused to answer")])
def test_a_model_that_refuses_ends_the_run_and_has_cost(
    model: ScriptedModel, owner: User, act: str, said: str
) -> None:
    model.plays({"act": act})

    run = ask(owner)

    assert (run.status, run.attempt) == (Status.FAILED, 1)
    assert said in run.error
    assert run.usage is not None
    assert (run.usage["requests"], run.usage["tokens_in"]) == (1, 120)


def test_a_wrong_key_is_shown_to_nobody(model: ScriptedModel, owner: User, settings: Any) -> None:
    """The endpoint quotes it in its error."""
    settings.LLM = model.settings(api_key="sk-wrong-but-secret")

    run = ask(owner)

    assert run.status == Status.FAILED
    assert "does not accept the site's key (401)" in run.error
    assert "sk-wrong" not in run.error + run.traceback + "".join(run.events.values_list("message", flat=True))


def test_a_redirect_is_not_followed(model: ScriptedModel, owner: User) -> None:
    with receiving() as other:
        model.plays({"act": "redirect", "to": other.url()})

        run = ask(owner)

        assert run.status == Status.FAILED
        assert "redirects are not followed" in run.error
        assert other.received == [], "the key would have gone with it"


@pytest.mark.parametrize("act", ["hang", "drip"])
def test_one_that_is_silent_or_slow_is_left_in_time(model: ScriptedModel, act: str) -> None:
    model.plays({"act": act})
    began = time.monotonic()

    with pytest.raises(EndpointFault) as caught:
        Exchange(model.settings(), "").post(BODY, 0.5)

    assert time.monotonic() - began < 2
    assert caught.value.sentence == "The language model did not answer within 0.5 s."
    assert (caught.value.is_passing, caught.value.may_have_cost) == (True, True)


def test_a_handshake_that_never_comes_is_left_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/v1"
        began = time.monotonic()

        with pytest.raises(EndpointFault):
            Exchange(LanguageModel(url, MODEL, KEY), "").post(BODY, 0.5)

    assert time.monotonic() - began < 2


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_it_is_broken_off_from_another_thread_at_once(model: ScriptedModel, scheme: str) -> None:
    model.plays({"act": "hang"})
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent_url = f"https://127.0.0.1:{silent.getsockname()[1]}/v1"
        exchange = Exchange(model.settings() if scheme == "http" else LanguageModel(silent_url, MODEL, KEY), "")
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(exchange.post, BODY, 30)
            wait_until(lambda: exchange._socket is not None)
            began = time.monotonic()

            exchange.abort()

            assert isinstance(asked.exception(5), EndpointFault)
    assert time.monotonic() - began < 2


def test_a_certificate_nobody_vouches_for_gets_no_key(owner: User, settings: Any, tmp_path: Path) -> None:
    with receiving(certificate(tmp_path, "127.0.0.1")) as other:
        settings.LLM = LanguageModel(other.url("/v1"), MODEL, KEY)

        run = ask(owner)

        assert (run.status, run.attempt) == (Status.FAILED, 1)
        assert "certificate" in run.error
        assert other.received == []

"""A run that asks the language model: what travels, what is counted, what is refused."""

from __future__ import annotations

import json
import multiprocessing
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from agentsite.language_models import LanguageModel
from runs import lifecycle, processes, worker
from runs.agents.llm_pipe import ModelPipe
from runs.models import AgentRun, AgentSettings, ErrorCode, Status, User
from runs.relay import Relay, Spending
from runs.relay.spending import Limits
from tests import acting
from tests.llm.asked import ScriptedModel, Wire
from tests.llm.model_server import KEY, MODEL, VERSION
from tests.test_worker import InBackground
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

MESSAGES = [{"role": "user", "content": "The number is 4711."}]
GOOD = {"act": "answer", "arguments": {"number": 4711}}


def ask(user: User) -> AgentRun:
    run = lifecycle.trigger(user, "rehearsal", {"act": "ask_model", "seconds": 0, "steps": 1})
    worker.deliver(str(run.pk))
    return acting.fresh(run)


def once() -> None:
    AgentSettings.objects.create(agent="rehearsal", max_attempts=1)


def test_a_run_asks_and_its_use_is_recorded(model: ScriptedModel, owner: User) -> None:
    model.plays(GOOD)

    run = ask(owner)

    assert (run.status, run.error) == (Status.COMPLETED, "")
    assert run.usage is not None
    prompt = run.usage.pop("prompts")
    assert run.usage == {
        "model": VERSION,
        "host": model.base_url.split("/")[2],
        "requests": 1,
        "tokens_in": 120,
        "tokens_out": 30,
        "cost": "0.000180",
        "currency": "USD",
        "is_estimated": False,
    }
    assert [reference.rpartition(":")[0] for reference in prompt] == ["trial@1"]


def test_the_request_is_the_configured_models_and_names_who_asked(model: ScriptedModel, owner: User) -> None:
    model.plays(GOOD)

    run = ask(owner)

    (request,) = model.received
    assert request["path"] == "/v1/chat/completions"
    assert request["headers"]["authorization"] == f"Bearer {KEY}"
    assert request["headers"].get("x-request-id", "") == run.request_id
    assert (request["body"]["model"], request["body"]["stream"]) == (MODEL, False)
    assert request["body"]["max_completion_tokens"] == 4000


@pytest.mark.parametrize("mode", ["tool", "json_schema", "prompted"])
def test_the_answers_form_is_asked_for_as_the_endpoint_understands(
    model: ScriptedModel, owner: User, settings: Any, mode: str
) -> None:
    settings.LLM = model.settings(output_mode=mode)
    model.plays(GOOD)

    assert ask(owner).status == Status.COMPLETED
    (request,) = model.received
    assert ("tools" in request["body"]) == (mode == "tool")


def test_without_a_model_it_says_what_names_one(owner: User, settings: Any) -> None:
    settings.LLM = None

    run = ask(owner)

    assert (run.status, run.error_code) == (Status.FAILED, ErrorCode.AGENT_ERROR)
    assert run.error == "No language model is configured: LLM_BASE_URL and LLM_MODEL name one."
    assert run.usage is None


def test_key_and_address_are_nowhere_in_the_agents_process(model: ScriptedModel, owner: User) -> None:
    """Its whole memory is searched, while it waits for the model."""
    model.plays({"act": "hang"})
    run = lifecycle.trigger(owner, "rehearsal", {"act": "ask_model", "seconds": 0, "steps": 1})
    delivery = InBackground(run)
    wait_until(lambda: model.received)
    process = delivery.process()
    port = model.base_url.split(":")[2].split("/")[0]

    memory = _memory(process)

    assert b"The number is 4711." in memory, "what is searched is what the agent holds"
    assert KEY.encode() not in memory
    assert f"127.0.0.1:{port}".encode() not in memory
    assert KEY not in json.dumps(process.environ())
    lifecycle.cancel(run, by=owner)
    delivery.finish()


def _memory(process: psutil.Process) -> bytes:
    """All that the process can write to, as the kernel shows it."""
    found = bytearray()
    place = Path(f"/proc/{process.pid}")
    with (place / "maps").open() as maps, (place / "mem").open("rb", 0) as memory:
        for line in maps:
            stretch, rights, *_ = line.split()
            start, end = (int(part, 16) for part in stretch.split("-"))
            if rights.startswith("rw"):
                memory.seek(start)
                found += memory.read(end - start)
    return bytes(found)


def test_a_cancel_does_not_wait_for_the_model(model: ScriptedModel, owner: User) -> None:
    model.plays({"act": "hang"})
    run = lifecycle.trigger(owner, "rehearsal", {"act": "ask_model", "seconds": 0, "steps": 1})
    delivery = InBackground(run)
    wait_until(lambda: model.received)

    lifecycle.cancel(run, by=owner)

    wait_until(lambda: acting.fresh(run).status == Status.CANCELLED, 3)
    delivery.finish()
    usage = acting.fresh(run).usage
    assert usage is not None
    assert usage["requests"] == 1
    assert usage["tokens_in"] > 0, "what was asked may have cost, answered or not"
    assert usage["is_estimated"] is True


def test_a_deadline_does_not_wait_for_the_model(model: ScriptedModel, owner: User) -> None:
    AgentSettings.objects.create(agent="rehearsal", max_attempts=1, run_limit_seconds=7)
    model.plays({"act": "drip"})

    run = ask(owner)

    assert run.status == Status.FAILED
    assert "did not answer within" in run.error or run.error_code == ErrorCode.TIMED_OUT
    assert run.ran is not None
    assert run.ran.total_seconds() < 12


def test_the_heartbeat_goes_on_while_the_model_thinks(model: ScriptedModel, owner: User, settings: Any) -> None:
    settings.HEARTBEAT_SECONDS = 0.3
    model.plays({"act": "hang"})
    run = lifecycle.trigger(owner, "rehearsal", {"act": "ask_model", "seconds": 0, "steps": 1})
    delivery = InBackground(run)
    wait_until(lambda: model.received)
    lease = acting.fresh(run).lease_expires_at

    wait_until(lambda: acting.fresh(run).lease_expires_at > lease, 5)

    lifecycle.cancel(run, by=owner)
    delivery.finish()


def test_an_answer_in_another_form_is_asked_for_again(model: ScriptedModel, owner: User) -> None:
    model.plays({"act": "answer", "arguments": {"colour": "red"}}, {"act": "raw", "text": "4711"}, GOOD)

    run = ask(owner)

    assert run.status == Status.COMPLETED
    assert run.usage is not None
    assert (run.usage["requests"], run.usage["tokens_in"]) == (3, 360)


def test_one_that_never_keeps_to_the_form_is_given_up(model: ScriptedModel, owner: User) -> None:
    model.plays({"act": "answer", "arguments": {"colour": "red"}})

    run = ask(owner)

    assert (run.status, run.attempt) == (Status.FAILED, 1)
    assert run.error == "The language model did not answer in the demanded form, although it was asked 3 times."
    assert len(model.received) == 3


def test_an_endpoint_that_does_not_count_is_estimated(model: ScriptedModel, owner: User) -> None:
    model.plays({**GOOD, "usage": None})

    run = ask(owner)

    assert run.usage is not None
    assert run.usage["is_estimated"] is True
    assert run.usage["tokens_in"] > 100


def test_a_key_in_the_answer_does_not_reach_the_agent(model: ScriptedModel, owner: User) -> None:
    once()
    model.plays({"act": "echo_key", "arguments": {"number": KEY}})

    run = ask(owner)

    assert run.status == Status.FAILED
    assert KEY not in run.traceback + run.error
    repeated = [message["content"] for request in model.received[1:] for message in request["body"]["messages"]]
    assert KEY not in json.dumps(repeated), "and so the agent can not send it back"


def test_the_limit_on_tokens_is_held_before_asking(model: ScriptedModel, owner: User, settings: Any) -> None:
    settings.LLM = model.settings(max_tokens=300)
    model.plays(GOOD)

    run = ask(owner)

    assert run.status == Status.FAILED
    assert run.error == "The run's limit of 300 tokens for the language model is reached."
    assert model.received == []


def test_what_earlier_attempts_used_counts(model: ScriptedModel, owner: User, settings: Any) -> None:
    settings.LLM = model.settings(max_tokens=1000)
    run = lifecycle.trigger(owner, "rehearsal", {"act": "ask_model", "seconds": 0, "steps": 1})
    AgentRun.objects.filter(pk=run.pk).update(usage={"requests": 3, "tokens_in": 900, "tokens_out": 50})

    worker.deliver(str(run.pk))

    assert "limit of 1,000 tokens" in acting.fresh(run).error
    assert model.received == []


def test_an_answer_is_no_longer_than_the_limit_has_room_for(model: ScriptedModel, owner: User, settings: Any) -> None:
    settings.LLM = model.settings(max_tokens=1500)
    model.plays(GOOD)

    assert ask(owner).status == Status.COMPLETED
    (request,) = model.received
    assert 200 <= request["body"]["max_completion_tokens"] < 1500


def test_no_process_is_told_of_a_model_where_it_is_not_installed(owner: User, settings: Any) -> None:
    settings.LLM = None
    processes.keep_one_ready()
    assert ask(owner).error_code == ErrorCode.AGENT_ERROR


def test_a_lost_attempts_use_is_recorded_and_a_later_ones_kept(owner: User) -> None:
    run = acting.running(owner)
    attempt = acting.attempt_of(run)
    lifecycle.force_stop(run, by=owner)

    lifecycle.spend(attempt, {"requests": 2})
    assert acting.fresh(run).usage == {"requests": 2}, "spent is spent, whoever has ended the run"

    AgentRun.objects.filter(pk=run.pk).update(attempt=2)
    lifecycle.spend(attempt, {"requests": 3})
    assert acting.fresh(run).usage == {"requests": 2}


@pytest.fixture
def wire() -> Iterator[tuple[Wire, ModelPipe, Callable[[LanguageModel], Relay]]]:
    """An attempt's end of the pipe, and what makes the supervisor's."""
    replies, answers = multiprocessing.Pipe(duplex=False)
    context = Wire(deadline=time.time() + 25)

    def relay_to(endpoint: LanguageModel) -> Relay:
        context.relay = Relay(endpoint, Spending(endpoint, Limits(10**9, None)), answers.fileno(), "")
        return context.relay

    with replies, answers:
        yield context, ModelPipe(context, replies), relay_to
        if context.relay is not None:
            context.relay.close()


def test_one_question_may_follow_the_other_at_once(model: ScriptedModel, wire: Any) -> None:
    """Sooner than the thread that brought the last answer has ended."""
    _, pipe, relay_to = wire
    relay_to(model.settings())
    model.plays(GOOD)

    for _ in range(100):
        assert pipe.request("trial@1:0123456789ab", {"messages": MESSAGES}).usage.tokens_in == 120


def test_an_agent_that_asks_and_does_not_listen_gets_no_more_than_two_threads(model: ScriptedModel, wire: Any) -> None:
    _, _, relay_to = wire
    relay = relay_to(model.settings())
    model.plays({"act": "answer", "arguments": {"text": "x" * 1_000_000}})
    question = {"kind": "ask", "prompt": "trial@1:0123456789ab", "seconds": 10.0, "body": {"messages": MESSAGES}}

    for number in range(20):
        relay.take({**question, "id": number})
        wait_until(lambda: not relay._is_busy, 10)

    assert len([thread for thread in relay._threads if thread.is_alive()]) <= 2
    began = time.monotonic()
    relay.close()
    assert time.monotonic() - began < 2
    assert not [thread for thread in relay._threads if thread.is_alive()]


def test_the_agent_says_nothing_of_model_length_or_number(model: ScriptedModel, wire: Any) -> None:
    """Nor of anything else that is the supervisor's to decide."""
    _, pipe, relay_to = wire
    relay_to(model.settings(answer_tokens=500))
    model.plays(GOOD)
    wanted = {"model": "dearest-1", "n": 50, "stream": True, "max_tokens": 10**6, "user": "x", "store": True}

    pipe.request("of my own", {"messages": MESSAGES, **wanted})

    (request,) = model.received
    assert request["body"] == {
        "messages": MESSAGES,
        "model": MODEL,
        "stream": False,
        "max_completion_tokens": 500,
    }

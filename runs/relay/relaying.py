"""Taking an agent's questions to the endpoint and the answers back, without keeping the supervisor from its clocks.

Each question has a thread of its own, which knows no database. A run that ends shuts the
connection under it.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import select
import threading
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import structlog
from django.conf import settings

from agentsite.language_models import LanguageModel
from runs.agents.llm import ModelOffer
from runs.relay.endpoint import EndpointFault, Exchange, in_full, refusal_in
from runs.relay.spending import LimitReached, Limits, Spending

logger = structlog.stdlib.get_logger(__name__)

KNOWN_KEYS: Final = frozenset(
    {"messages", "tools", "tool_choice", "parallel_tool_calls", "response_format", "temperature", "seed"}
)
"""What of a request is the agent's to say. The model, the length of the answer and how often are not."""
PROMPT: Final = re.compile(r"[a-z0-9-]{1,40}@\d{1,6}:[0-9a-f]{12}")
SHORTEST_SECRET: Final = 8
LOOK_SECONDS: Final = 0.1
MOST_THREADS: Final = 2
"""One that asks, and one whose answer is being taken. More are for an agent that asks and does not listen."""


def model_offer() -> ModelOffer | None:
    """What agents are told of the configured model; None without one, or without what it takes to ask it."""
    endpoint: LanguageModel | None = settings.LLM
    if endpoint is None or not can_ask():
        return None
    mode: Any = endpoint.output_mode
    return ModelOffer(endpoint.model, endpoint.context_tokens, endpoint.answer_tokens, mode, endpoint.most_tries)


def can_ask() -> bool:
    """Whether the extra ``llm`` is installed."""
    return all(importlib.util.find_spec(name) is not None for name in ("pydantic_ai", "openai"))


def limits_asked(endpoint: LanguageModel, input: Mapping[str, Any]) -> Limits:
    """A run's limits: the site's, and lower ones where the input asks for them (``max_tokens``, ``max_cost``)."""
    tokens, cost = input.get("max_tokens"), _money(input.get("max_cost"))
    own = tokens if isinstance(tokens, int) and not isinstance(tokens, bool) else endpoint.max_tokens
    costs = [each for each in (cost, endpoint.max_cost) if each is not None]
    return Limits(min(own, endpoint.max_tokens), min(costs, default=None))


def _money(value: Any) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


class Relay:
    """One attempt's way to the model. ``replies`` is the pipe to the agent's process."""

    def __init__(self, endpoint: LanguageModel, spending: Spending, replies: int, request_id: str) -> None:
        self.spending = spending
        self._endpoint = endpoint
        self._replies = replies
        self._request_id = request_id
        self._is_closed = threading.Event()
        self._exchange: Exchange | None = None
        self._is_busy = False
        self._threads: list[threading.Thread] = []

    def take(self, question: Mapping[str, Any]) -> None:
        """Begin to answer a question. One that did not wait for the last one's answer is left."""
        if len(self._threads) >= MOST_THREADS:
            # Its answer has been read by whoever asks the next but one: it is about to end.
            self._threads[0].join(LOOK_SECONDS)
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        if self._is_closed.is_set() or self._is_busy or len(self._threads) >= MOST_THREADS:
            logger.warning("question_for_model_left")
            return
        self._is_busy = True
        self._exchange = Exchange(self._endpoint, self._request_id)
        # Of its own, which it closes: the process's end may be gone, and its number taken, before the thread ends.
        replies = os.dup(self._replies)
        os.set_blocking(replies, False)
        asking = (question, self._exchange, replies)
        self._threads.append(threading.Thread(target=self._answer, args=asking, name="model", daemon=True))
        self._threads[-1].start()

    def close(self) -> None:
        """Ask nothing more, and break off what is being asked. At once."""
        self._is_closed.set()
        if self._exchange is not None:
            self._exchange.abort()
        for thread in self._threads:
            # For what it has used; it ends within milliseconds, unless it is looking up a name.
            thread.join(LOOK_SECONDS * 3)

    def _answer(self, question: Mapping[str, Any], exchange: Exchange, replies: int) -> None:
        try:
            reply = self._reply(question, exchange)
            # Before it is sent: the next question may be there before this thread has ended.
            self._is_busy = False
            self._send(replies, {"id": question["id"], **reply})
        except Exception:
            logger.exception("model_not_asked")
            self._is_busy = False
            fault = {"code": "refused", "sentence": "The language model could not be asked.", "after_seconds": 0.0}
            with contextlib.suppress(OSError):
                self._send(replies, {"id": question["id"], "fault": fault})
        finally:
            os.close(replies)

    def _reply(self, question: Mapping[str, Any], exchange: Exchange) -> dict[str, Any]:
        body = {name: value for name, value in question["body"].items() if name in KNOWN_KEYS}
        prompt = question["prompt"] if PROMPT.fullmatch(question["prompt"]) else "unnamed"
        try:
            asking = self.spending.allow(body, prompt)
        except LimitReached as limit:
            return _fault("limit", str(limit))
        # Streams would bring a long answer no sooner: it is checked as a whole.
        body |= {"model": self._endpoint.model, "stream": False, self._endpoint.limit_field: asking.answer_tokens}
        seconds = min(max(question["seconds"], 0.1), self._endpoint.timeout_seconds)
        try:
            answer = exchange.post(body, seconds)
        except EndpointFault as fault:
            (asking.lost if fault.may_have_cost else asking.unspent)()
            logger.warning("model_failed", reason=fault.sentence, is_passing=fault.is_passing)
            return _fault("unavailable" if fault.is_passing else "refused", fault.sentence, fault.after_seconds)
        usage = asking.answered(answer)
        refusal = refusal_in(answer)
        if refusal:
            return _fault("refused", refusal)
        return {"answer": in_full(answer, usage["tokens_in"], usage["tokens_out"]), "usage": usage}

    def _send(self, replies: int, message: Mapping[str, Any]) -> None:
        """Write one line, as fast as the agent's process reads and no longer than it lives."""
        text = json.dumps(message)
        if len(self._endpoint.api_key) >= SHORTEST_SECRET:
            # An endpoint that answers with the key it was given tells it to nobody.
            text = text.replace(json.dumps(self._endpoint.api_key)[1:-1], "[key]")
        line = memoryview(text.encode("ascii") + b"\n")
        while line and not self._is_closed.is_set():
            try:
                line = line[os.write(replies, line) :]
            except BlockingIOError:
                select.select([], [replies], [], LOOK_SECONDS)
            except BrokenPipeError:
                return


def _fault(code: str, sentence: str, after_seconds: float = 0.0) -> dict[str, Any]:
    return {"fault": {"code": code, "sentence": sentence, "after_seconds": after_seconds}}

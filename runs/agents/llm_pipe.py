"""Requests to the language model, as an agent's process makes them: over the pipe to its supervisor.

What goes out is a line among the others (``runs.agents.child``); what comes back is a line of
JSON on the pipe that brought the order:

    {"kind": "ask", "id": …, "prompt": …, "seconds": …, "body": {…}}
    {"id": …, "answer": {…}, "usage": {…}}    or    {"id": …, "fault": {"code": …, "sentence": …, "after_seconds": …}}

``body`` is a request of OpenAI's chat completions; where it goes and under which key is the
supervisor's alone.
"""

from __future__ import annotations

import json
import multiprocessing.connection
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from multiprocessing.connection import Connection
from typing import Any, Final, Protocol

from runs.agents.llm import ModelUsage
from runs.errors import AgentError, FatalError, ModelLimitReached, ModelRefused, RetryableError

TRIES: Final = 3
"""How often one request is sent while the model is not to be had."""
PAUSES: Final = (0.5, 2.0)
"""Between them, in seconds, where the provider asks for nothing else."""
LONGEST_PAUSE: Final = 60.0
"""A provider that asks for more is asked again by the run's next attempt."""
SHORTEST_TRY: Final = 2.0
LOOK_SECONDS: Final = 0.1
LAST_SECONDS: Final = 5.0
"""What an attempt keeps before its deadline, to end in an orderly way."""
STOPPED: Final = "The run was stopped while the language model was asked."


class Attempt(Protocol):
    """What the pipe needs of an attempt's context."""

    deadline: float

    @property
    def cancelled(self) -> bool: ...

    def send(self, message: Mapping[str, Any]) -> None: ...


@dataclass(frozen=True, slots=True)
class Reply:
    """What the supervisor has brought: the endpoint's answer, and what it has used."""

    body: Mapping[str, Any]
    usage: ModelUsage


class ModelPipe:
    """Asks the supervisor, one request at a time."""

    def __init__(self, context: Attempt, replies: Connection, wait: Callable[[float], None] = time.sleep) -> None:
        self._context = context
        self._replies = replies
        self._wait = wait
        self._unfinished = bytearray()
        self._number = 0

    def request(self, prompt: str, body: Mapping[str, Any]) -> Reply:
        """Have ``body`` sent, again while the model is not to be had and there is time.

        Raises ``RetryableError``, ``NoModelAnswer`` or, on a request to stop, ``FatalError``, each with a sentence.
        """
        for pause in (*PAUSES, None):
            try:
                return self._once(prompt, body)
            except RetryableError as error:
                wanted = max(error.after_seconds, pause or 0.0)
                if pause is None or wanted > LONGEST_PAUSE or wanted + SHORTEST_TRY > self._seconds_left():
                    raise
                self._pause(wanted)
        raise AssertionError("the last try returns or raises")

    def _once(self, prompt: str, body: Mapping[str, Any]) -> Reply:
        seconds = self._seconds_left()
        if seconds <= 0:
            raise RetryableError("There was no time left to ask the language model.")
        self._number += 1
        self._context.send(
            {"kind": "ask", "id": self._number, "prompt": prompt, "seconds": float(seconds), "body": body}
        )
        while (reply := self._next())["id"] != self._number:
            pass
        if "fault" in reply:
            raise _error(reply["fault"])
        return Reply(reply["answer"], _usage(reply["usage"]))

    def _seconds_left(self) -> float:
        return self._context.deadline - time.time() - LAST_SECONDS

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._refuse_if_cancelled()
            self._wait(min(left, LOOK_SECONDS))

    def _next(self) -> dict[str, Any]:
        """The next line; a request to stop ends the waiting for it."""
        while b"\n" not in self._unfinished:
            self._refuse_if_cancelled()
            if multiprocessing.connection.wait([self._replies], LOOK_SECONDS):
                chunk = os.read(self._replies.fileno(), 64 * 1024)
                if not chunk:
                    raise FatalError(STOPPED)
                self._unfinished += chunk
        line, _, rest = bytes(self._unfinished).partition(b"\n")
        self._unfinished = bytearray(rest)
        reply: dict[str, Any] = json.loads(line)
        return reply

    def _refuse_if_cancelled(self) -> None:
        if self._context.cancelled:
            raise FatalError(STOPPED)


def _error(fault: Mapping[str, Any]) -> AgentError:
    match fault["code"]:
        case "limit":
            return ModelLimitReached(fault["sentence"])
        case "unavailable":
            return RetryableError(fault["sentence"], after_seconds=fault["after_seconds"])
        case _:
            return ModelRefused(fault["sentence"])


def _usage(said: Mapping[str, Any]) -> ModelUsage:
    cost = None if said["cost"] is None else Decimal(said["cost"])
    return ModelUsage(said["model"], 1, said["tokens_in"], said["tokens_out"], cost, said["is_estimated"])

"""The inside of an attempt's process: runs one agent and reports through a pipe.

Nothing of Django is loaded here and no secret is in reach. What the agent says goes
to the supervisor (``runs.worker``) as lines of JSON, one object each:

    {"kind": "line", "at": …, "level": …, "text": …}     (level "step" for a step)
    {"kind": "progress", "percent": …}
    {"kind": "reading", "is_on": …}                       (whether a document is being read)
    {"kind": "kept", "part": …, "value": …, "done": …, "total": …, "unit": …}
    {"kind": "answer", "result": …, "output": …, "summary": …, "facts": …}     (packed)
    {"kind": "failure", "code": …, "error": …, "traceback": …, "is_retryable": …, "after_seconds": …}
    {"kind": "ask", …}    a request to the language model, see ``runs.agents.llm_pipe``

JSON and not pickle, since the process reads hostile documents: whatever takes it over
can send words, not objects.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType, MappingProxyType
from typing import Any

from runs import agents
from runs.agents.base import Agent, DocumentFile, LanguageModel, Level
from runs.agents.llm import ModelOffer
from runs.agents.packing import pack
from runs.documents import reading
from runs.errors import AgentError, RetryableError, UnreadableDocument

MEGABYTE = 1024 * 1024
LARGEST_FILE = 256 * MEGABYTE
# What a process that has used up its memory may have on top, to say so.
LAST_WORDS = 64 * MEGABYTE


@dataclass(frozen=True, slots=True)
class Order:
    """Everything an attempt's process is told. Plain data: it crosses a process boundary.

    ``deadline``: seconds since the epoch. ``memory_mb`` bounds the address space beyond
    what the process has when it begins, ``cpu_seconds`` its processor time.
    """

    agent: str
    input: Mapping[str, Any]
    attempt: int
    deadline: float
    memory_mb: int
    cpu_seconds: int
    document: DocumentFile | None
    policy: Mapping[str, Any] | None
    request_id: str = ""
    kept: Mapping[str, Any] = field(default_factory=dict)
    llm: ModelOffer | None = None


def main(pipe: Connection, orders: Connection) -> None:
    """Wait for an order, carry it out and send how it ended. The entry point of the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    order = _wait_for_order(orders)
    context = PipeContext(pipe, order, orders)
    signal.signal(signal.SIGTERM, context.ask_to_stop)
    # A group of its own, so that what the agent starts can be stopped together with it.
    os.setpgid(0, 0)
    _limit(order)
    reading.watch(context.reading)
    try:
        ending = _carry_out(context, order)
    except MemoryError:
        _soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
        ending = _failure("out_of_memory", f"The agent needed more than {order.memory_mb} MB of memory.", False)
    try:
        context.send(ending)
    except (ValueError, TypeError) as error:
        context.send(_failure("result_unstorable", f"The agent's result cannot be stored: {error}.", False))
    # Threads and exit handlers that an agent left behind must not keep the process.
    os._exit(0)


def _wait_for_order(orders: Connection) -> Order:
    try:
        order: Order = orders.recv()
    except EOFError:
        # The worker has left, and nobody will send one.
        os._exit(0)
    if order.llm is None:
        orders.close()
    return order


def _limit(order: Order) -> None:
    """Have the kernel hold the limits, also where the agent is in C code."""
    present = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    memory = present + order.memory_mb * MEGABYTE
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory + LAST_WORDS))
    resource.setrlimit(resource.RLIMIT_CPU, (order.cpu_seconds, order.cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _carry_out(context: PipeContext, order: Order) -> dict[str, Any]:
    try:
        agent = agents.get(order.agent)
        context.document = order.document or _sample(agent, context)
        answer = agent.run(context, agent.Input.model_validate(order.input))
        output = answer.output.model_dump(mode="json")
    except MemoryError:
        raise
    except UnreadableDocument as error:
        return _failure("invalid_input", str(error), False)
    except AgentError as error:
        after_seconds = error.after_seconds if isinstance(error, RetryableError) else 0.0
        return _failure("agent_error", str(error), isinstance(error, RetryableError), after_seconds)
    except BaseException as error:
        # What it says is for staff, in the traceback; it may quote anything.
        sentence = f"The agent ran into an error it did not expect ({type(error).__name__})."
        return _failure("agent_error", sentence, True)
    facts = pack(answer.facts)
    return {"kind": "answer", "result": answer.result, "output": output, "summary": answer.summary, "facts": facts}


def _sample(agent: Agent[Any, Any], context: PipeContext) -> DocumentFile | None:
    """The agent's bundled sample, for a run that names no document."""
    path = agent.sample
    if path is None:
        return None
    context.log(f"No document was given: working on the bundled sample {path.name}.")
    return DocumentFile.at(path)


def _failure(code: str, error: str, is_retryable: bool, after_seconds: float = 0.0) -> dict[str, Any]:
    return {
        "kind": "failure",
        "code": code,
        "error": error,
        "traceback": traceback.format_exc(limit=-20),
        "is_retryable": is_retryable,
        "after_seconds": after_seconds,
    }


class PipeContext:
    """The agent's ``RunContext``: every call becomes a message."""

    def __init__(self, pipe: Connection, order: Order, replies: Connection | None = None) -> None:
        self.attempt = order.attempt
        self.deadline = order.deadline
        self.document = order.document
        self.policy = order.policy
        self.request_id = order.request_id
        self.kept: Mapping[str, Any] = MappingProxyType(dict(order.kept))
        self.cancelled = False
        self._pipe = pipe
        self._percent = -1
        self._offer = order.llm
        self._replies = replies

    @cached_property
    def llm(self) -> LanguageModel | None:
        """The language model, asked over the pipe; None where none is configured."""
        if self._offer is None or self._replies is None:
            return None
        from runs.agents.llm_client import RelayedModel  # Slow to load, and few runs ask.
        from runs.agents.llm_pipe import ModelPipe

        return RelayedModel(self._offer, ModelPipe(self, self._replies))

    def step(self, text: str) -> None:
        """Say what is being done now."""
        self._say("step", text)

    def progress(self, done: float, total: float) -> None:
        """Say how far the work is. Only whole percents travel."""
        percent = max(0, min(100, int(100 * done / total))) if total > 0 else 0
        if percent > self._percent:
            self._percent = percent
            self.send({"kind": "progress", "percent": percent})

    def log(self, text: str, level: Level = "info") -> None:
        """Write a line of the run's log."""
        self._say(level, text)

    def keep(self, part: str, value: Any, *, done: int = 0, total: int = 0, unit: str = "") -> None:
        """Have a finished part kept. Raises ``ValueError`` or ``TypeError`` for what JSON cannot say."""
        self.send({"kind": "kept", "part": part, "value": value, "done": done, "total": total, "unit": unit})

    def reading(self, is_on: bool) -> None:
        """Say whether a document is being read: should the process break off now, it is the document's fault."""
        self.send({"kind": "reading", "is_on": is_on})

    def ask_to_stop(self, signum: int, frame: FrameType | None) -> None:
        """SIGTERM: let the agent see ``cancelled``; the supervisor does not wait long."""
        self.cancelled = True

    def _say(self, level: str, text: object) -> None:
        self.send({"kind": "line", "at": time.time(), "level": level, "text": str(text)})

    def send(self, message: Mapping[str, Any]) -> None:
        """Send one message whole. Raises ``ValueError`` or ``TypeError`` for what JSON cannot say."""
        # ASCII, so that lone surrogates travel as escapes; they are cleaned on the other side.
        line = memoryview(json.dumps(message, allow_nan=False).encode("ascii") + b"\n")
        try:
            while line:
                line = line[os.write(self._pipe.fileno(), line) :]
        except BrokenPipeError:
            # Nobody listens any more: the supervisor is gone, and with it the reason to go on.
            os._exit(1)

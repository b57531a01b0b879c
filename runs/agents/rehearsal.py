"""The agent that plays every part an agent can play: for demos, tests and drills.

Each act first works for the seconds asked for and then does what it is named
after, so that a drill can be watched. Nothing here is simulated: ``crash`` is a real
segmentation fault, ``eat_memory`` takes real memory, ``orphan`` leaves a real process.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal, NoReturn

from pydantic import BaseModel, Field

from runs.agents.base import Agent, AgentInput, Answer, FatalError, Illustration, Limits, RetryableError, RunContext
from runs.agents.llm import Prompt

Act = Literal[
    "succeed",
    "fail",
    "refuse",
    "flake",
    "stall",
    "crash",
    "exit",
    "kill",
    "eat_memory",
    "hang",
    "burn",
    "deafen",
    "orphan",
    "flood",
    "unstorable",
    "ask_model",
]

MEGABYTE = 1024 * 1024
NAP_SECONDS = 0.05
ORPHAN_SECONDS = 600
"""An orphan that nobody ends goes by itself after this long, so that a drill leaves nothing behind."""

LONG_LINE = "A long line. " * 1600
WILD_LINE = (
    "Control characters: \x00\x07\b\x1b[31mred\x1b[0m\r\x7f, \u202ebackwards, half a pair \ud83d, a line\nbreak."
)
TRIAL = Prompt("trial", 1, "Give the number that stands in the line you are shown.")
TRIAL_NUMBER = 4711
TRIAL_LINE = f"The number is {TRIAL_NUMBER}."


class Seen(BaseModel):
    """The number that was read."""

    number: int


class RehearsalInput(AgentInput):
    """Which part to play, and for how long."""

    act: Act = Field(
        default="succeed",
        title="Act",
        description=(
            "succeed: works and ends well. fail: ends with an error, tried again. refuse: ends with an error that "
            "another try can not mend. flake: fails until the try given below. stall: says nothing for ever. "
            "crash: a segmentation fault. exit: leaves with exit code 3. kill: is killed by the system. "
            "eat_memory: takes memory until there is none. hang: hangs in C code. burn: keeps a processor busy. "
            "deafen: ignores being asked to stop. orphan: starts a process of its own and waits for it. "
            "flood: writes very many log lines. unstorable: answers with characters no database takes. "
            "ask_model: has the site's language model read a line, to see that it can be asked."
        ),
    )
    seconds: float = Field(
        default=3.0, ge=0, le=600, title="Seconds", description="How long to work before the act ends or goes wrong."
    )
    steps: int = Field(default=5, ge=1, le=100, title="Steps", description="Into how many steps the work is divided.")
    keep_steps: bool = Field(
        default=False,
        title="Keep finished steps",
        description="Have each finished step kept: another try, or a run that continues this one, leaves it out.",
    )
    succeed_on_attempt: int = Field(
        default=2, ge=1, le=100, title="Succeed on try", description="For flake: the first try that works."
    )
    lines: int = Field(
        default=2000, ge=1, le=100_000, title="Lines", description="For flood: how many lines to write to the log."
    )
    megabytes: int = Field(
        default=2048, ge=1, le=16_384, title="Megabytes", description="For eat_memory: how much to take at most."
    )


class RehearsalOutput(BaseModel):
    """What was played."""

    act: Act
    attempt: int
    steps: int
    seconds: float = Field(description="How long the work took.")
    note: str


class Rehearsal(Agent[RehearsalInput, RehearsalOutput]):
    """Succeeds, fails, stalls, crashes and worse, on request."""

    name: ClassVar[str] = "rehearsal"
    label: ClassVar[str] = "Rehearsal"
    holds_content: ClassVar[bool] = False
    description: ClassVar[str] = (
        "Acts out what can happen to a run: success, failure, flaking, silence, crashes, greed for memory. "
        "Use it to see how AgentSite copes, or to drill the people who operate it."
    )
    version: ClassVar[str] = "1.0.0"
    icon: ClassVar[str] = "beaker"
    limits: ClassVar[Limits] = Limits(memory_mb=256, max_attempts=3, backoff_seconds=0.5)
    illustrations: ClassVar[tuple[Illustration, ...]] = (
        Illustration("Work for ten seconds and succeed", {"act": "succeed", "seconds": 10, "steps": 10}),
        Illustration("Fail once, then succeed", {"act": "flake", "seconds": 2, "succeed_on_attempt": 2}),
        Illustration("Fail every time", {"act": "fail", "seconds": 1}),
        Illustration("Refuse at once", {"act": "refuse", "seconds": 0}),
        Illustration("Crash", {"act": "crash", "seconds": 1}),
        Illustration("Eat all the memory", {"act": "eat_memory", "seconds": 1}),
        Illustration("Fall silent until the time is up", {"act": "stall", "seconds": 1}),
        Illustration("Ask the language model something small", {"act": "ask_model", "seconds": 0}),
        Illustration("Flood the log", {"act": "flood", "seconds": 0, "lines": 20_000}),
        Illustration("Fall silent with five steps kept", {"act": "stall", "seconds": 2, "keep_steps": True}),
    )

    Input = RehearsalInput
    Output = RehearsalOutput

    def run(self, context: RunContext, input: RehearsalInput) -> Answer[RehearsalOutput]:
        """Work, then play the act; acts that end badly do not return."""
        began = time.monotonic()
        if input.act == "deafen":
            _stop_listening(context)
        _work(context, input)
        note = _ACTS[input.act](context, input)
        seconds = round(time.monotonic() - began, 3)
        # Built without validation: the note of ``unstorable`` is what validation is there to keep out.
        output = RehearsalOutput.model_construct(
            act=input.act, attempt=context.attempt, steps=input.steps, seconds=seconds, note=note
        )
        return Answer(result="rehearsed", output=output, summary=f"{input.act}: {note}")

    def partial(self, kept: Mapping[str, Any]) -> RehearsalOutput | None:
        """Tell of the steps that were finished."""
        steps = list(kept.values())
        seconds = round(sum(step["seconds"] for step in steps), 3)
        note = "The act was not played to its end."
        last = steps[-1]
        return RehearsalOutput(act=last["act"], attempt=last["attempt"], steps=len(steps), seconds=seconds, note=note)


def _work(context: RunContext, input: RehearsalInput) -> None:
    """Go through the steps, each for its share of the time."""
    pause = _burn if input.act == "burn" else _sleep
    for step in range(1, input.steps + 1):
        part = f"step {step}"
        if part in context.kept:
            continue
        began = time.monotonic()
        context.step(f"Step {step} of {input.steps}")
        context.log(f"Working on step {step}")
        pause(context, input, input.seconds / input.steps)
        if input.keep_steps:
            value = {"act": input.act, "attempt": context.attempt, "seconds": round(time.monotonic() - began, 3)}
            context.keep(part, value, done=step, total=input.steps, unit="steps")
        context.progress(step, input.steps)


def _sleep(context: RunContext, input: RehearsalInput, seconds: float) -> None:
    ends_at = time.monotonic() + seconds
    while (left := ends_at - time.monotonic()) > 0:
        _stop_if_cancelled(context, input)
        time.sleep(min(left, NAP_SECONDS))
    _stop_if_cancelled(context, input)


def _burn(context: RunContext, input: RehearsalInput, seconds: float) -> None:
    """Use up so many seconds of processor time, however long that takes."""
    ends_at = time.process_time() + seconds
    while time.process_time() < ends_at:
        _stop_if_cancelled(context, input)
        sum(range(10_000))


def _stop_if_cancelled(context: RunContext, input: RehearsalInput) -> None:
    if context.cancelled and input.act != "deafen":
        raise FatalError("Stopped on request.")


def _stop_listening(context: RunContext) -> None:
    for deaf_to in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(deaf_to, signal.SIG_IGN)
    context.log("Deaf to every request to stop", "warning")


def _succeed(context: RunContext, input: RehearsalInput) -> str:
    return "All went well."


def _fail(context: RunContext, input: RehearsalInput) -> NoReturn:
    raise RuntimeError("The rehearsal failed, as it was asked to.")


def _refuse(context: RunContext, input: RehearsalInput) -> NoReturn:
    raise FatalError("The rehearsal refused, as it was asked to.")


def _flake(context: RunContext, input: RehearsalInput) -> str:
    if context.attempt < input.succeed_on_attempt:
        raise RetryableError(f"Try {context.attempt} failed; try {input.succeed_on_attempt} will not.")
    return f"Worked on try {context.attempt}."


def _stall(context: RunContext, input: RehearsalInput) -> NoReturn:
    context.log("Falling silent", "warning")
    while True:
        time.sleep(60)


def _crash(context: RunContext, input: RehearsalInput) -> NoReturn:
    context.log("Crashing", "warning")
    # A drill need not fill the disk with core files.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    ctypes.string_at(0)
    raise AssertionError("reading address 0 must not work")


def _exit(context: RunContext, input: RehearsalInput) -> NoReturn:
    context.log("Leaving without a word", "warning")
    os._exit(3)


def _kill(context: RunContext, input: RehearsalInput) -> NoReturn:
    context.log("Being killed", "warning")
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("nobody survives SIGKILL")


def _eat_memory(context: RunContext, input: RehearsalInput) -> str:
    held = []
    for megabytes in range(1, input.megabytes + 1):
        # Written, not just reserved: untouched pages would cost nothing.
        held.append(b"\xff" * MEGABYTE)
        if megabytes % 64 == 0:
            context.log(f"Holding {megabytes} MB")
            _stop_if_cancelled(context, input)
    return f"Held {len(held)} MB and gave them back."


def _hang(context: RunContext, input: RehearsalInput) -> NoReturn:
    context.log("Hanging in C code", "warning")
    # Never lets go of the interpreter: no signal handler and no other thread of the process runs again.
    any(itertools.repeat(0))
    raise AssertionError("an endless loop ended")


def _burnt(context: RunContext, input: RehearsalInput) -> str:
    return f"Burnt {input.seconds:g} s of processor time."


def _deafen(context: RunContext, input: RehearsalInput) -> NoReturn:
    while True:
        time.sleep(NAP_SECONDS)


def _orphan(context: RunContext, input: RehearsalInput) -> str:
    command = [sys.executable, "-c", f"import time; time.sleep({ORPHAN_SECONDS})"]
    with subprocess.Popen(command, start_new_session=True) as child:  # nosec B603
        context.log(f"Waiting for a process of my own, {child.pid}", "warning")
        return f"My own process ended with {child.wait()}."


def _flood(context: RunContext, input: RehearsalInput) -> str:
    levels: tuple[Literal["debug", "info", "warning", "error"], ...] = ("debug", "info", "warning", "error")
    for number in range(1, input.lines + 1):
        _stop_if_cancelled(context, input)
        text = LONG_LINE if number % 100 == 0 else WILD_LINE if number % 10 == 0 else "One of very many lines."
        context.log(f"{number}: {text}", levels[number % 4])
    return f"Wrote {input.lines:,} lines."


def _unstorable(context: RunContext, input: RehearsalInput) -> str:
    return "NUL \x00, half a pair \ud800, a non-character \uffff: none of them can be stored."


def _ask_model(context: RunContext, input: RehearsalInput) -> str:
    if context.llm is None:
        raise FatalError("No language model is configured: LLM_BASE_URL and LLM_MODEL name one.")
    context.step("Asking the language model")
    answered = context.llm.ask(TRIAL, TRIAL_LINE, Seen)
    used = answered.usage
    context.log(f"{used.model or context.llm.name}: {used.tokens_in} tokens in, {used.tokens_out} out")
    if answered.value.number != TRIAL_NUMBER:
        raise FatalError("The language model answered in the demanded form, and read another number than there was.")
    return f"{used.model or context.llm.name} can be asked."


_ACTS: dict[Act, Callable[[RunContext, Any], str]] = {
    "succeed": _succeed,
    "fail": _fail,
    "refuse": _refuse,
    "flake": _flake,
    "stall": _stall,
    "crash": _crash,
    "exit": _exit,
    "kill": _kill,
    "eat_memory": _eat_memory,
    "hang": _hang,
    "burn": _burnt,
    "deafen": _deafen,
    "orphan": _orphan,
    "flood": _flood,
    "unstorable": _unstorable,
    "ask_model": _ask_model,
}

"""Every act of the rehearsal does what its name says; the dangerous ones in a process of their own."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args

import pytest
from recording import RecordingContext

from runs.agents.base import Answer, FatalError, RetryableError
from runs.agents.rehearsal import _ACTS, Act, Rehearsal, RehearsalOutput

ROOT = Path(__file__).parents[2]
REHEARSAL = Rehearsal()

PLAY = """
import signal, sys
from recording import RecordingContext
from runs.agents.rehearsal import Rehearsal, RehearsalInput

class Loud(RecordingContext):
    def log(self, text, level="info"):
        print(text, flush=True)

signal.signal(signal.SIGTERM, lambda *_: print("heard the request", flush=True))
Rehearsal().run(Loud(), RehearsalInput.model_validate_json(sys.argv[1]))
print("came to an end", flush=True)
"""


def play(context: RecordingContext | None = None, **given: Any) -> Answer[RehearsalOutput]:
    return REHEARSAL.run(context or RecordingContext(), REHEARSAL.Input(**{"seconds": 0, **given}))


@contextmanager
def process(act: Act, limit: Callable[[], None] | None = None, **given: Any) -> Iterator[subprocess.Popen[str]]:
    """Play an act in a process that prints its log and says when it hears SIGTERM; kill it in the end."""
    sent = REHEARSAL.Input(act=act, **{"seconds": 0, "steps": 1, **given}).model_dump_json()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(Path(__file__).parent)])}
    with subprocess.Popen(
        [sys.executable, "-c", PLAY, sent],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        preexec_fn=limit,
    ) as running:
        try:
            yield running
        finally:
            running.kill()


def wait_for_line(running: subprocess.Popen[str], text: str) -> str:
    assert running.stdout is not None
    for line in running.stdout:
        if text in line:
            return line
    raise AssertionError(f"the process ended without saying {text!r}")


def wait_until(fact: Callable[[], bool], seconds: float = 10) -> None:
    ends_at = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < ends_at, "it did not come true"
        time.sleep(0.01)


def process_stat(process_id: int) -> list[str]:
    """Return the fields of proc(5)'s stat after the name: state, parent, …, at 11 the clock ticks of its own work."""
    return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()


def test_every_act_is_played() -> None:
    assert set(_ACTS) == set(get_args(Act))


@pytest.mark.parametrize("act", get_args(Act))
def test_every_act_is_explained_on_the_form(act: str) -> None:
    assert f"{act}: " in str(REHEARSAL.Input.model_json_schema()["properties"]["act"]["description"])


def test_illustrations_are_valid_inputs() -> None:
    for illustration in REHEARSAL.illustrations:
        REHEARSAL.Input.model_validate(illustration.input)


def test_success_works_through_its_steps() -> None:
    context = RecordingContext(attempt=2)
    answer = play(context, steps=4, seconds=0.02)
    assert answer.result == "rehearsed"
    assert context.steps == ["Step 1 of 4", "Step 2 of 4", "Step 3 of 4", "Step 4 of 4"]
    assert context.percents == [25, 50, 75, 100]
    assert len(context.lines) == 4
    assert (answer.output.act, answer.output.attempt, answer.output.steps) == ("succeed", 2, 4)
    assert answer.output.seconds >= 0.02


def test_failure_is_an_ordinary_exception_and_refusal_is_final() -> None:
    with pytest.raises(RuntimeError):
        play(act="fail")
    with pytest.raises(FatalError):
        play(act="refuse")


def test_flake_works_on_the_try_it_was_given() -> None:
    for attempt in (1, 2):
        with pytest.raises(RetryableError):
            play(RecordingContext(attempt=attempt), act="flake", succeed_on_attempt=3)
    assert play(RecordingContext(attempt=3), act="flake", succeed_on_attempt=3).output.note == "Worked on try 3."


@pytest.mark.parametrize("act", ["succeed", "burn", "crash"])
def test_request_to_stop_is_heeded_during_work(act: str) -> None:
    context = RecordingContext(cancel_after_steps=1)
    with pytest.raises(FatalError, match="on request"):
        play(context, act=act, seconds=600)
    assert len(context.steps) == 1


def test_burning_takes_processor_time() -> None:
    began = time.process_time()
    play(act="burn", seconds=0.1)
    assert time.process_time() - began >= 0.1


def test_flood_has_long_lines_and_wild_characters() -> None:
    context = RecordingContext()
    answer = play(context, act="flood", lines=1000)
    texts = [text for _, text in context.lines]
    assert len(texts) >= 1000
    assert max(map(len, texts)) > 16_000
    assert any("\x00" in text and "\x1b" in text and "\ud83d" in text for text in texts)
    assert {level for level, _ in context.lines} == {"debug", "info", "warning", "error"}
    assert answer.output.note == "Wrote 1,000 lines."


def test_unstorable_output_reaches_the_caller_as_it_is() -> None:
    note = play(act="unstorable").output.model_dump(mode="json")["note"]
    assert "\x00" in note
    assert "\ud800" in note


def test_memory_is_given_back_where_there_is_enough() -> None:
    assert play(act="eat_memory", megabytes=3).output.note == "Held 3 MB and gave them back."


def test_eating_memory_ends_in_memory_error_under_a_limit() -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (512 << 20, 512 << 20))

    with process("eat_memory", limit, megabytes=4096) as running:
        output, errors = running.communicate(timeout=10)
    assert running.returncode == 1
    assert "MemoryError" in errors
    assert "Holding 64 MB" in output


@pytest.mark.parametrize(("act", "code"), [("crash", -signal.SIGSEGV), ("exit", 3), ("kill", -signal.SIGKILL)])
def test_sudden_ends_are_real(act: Act, code: int) -> None:
    with process(act) as running:
        output, _ = running.communicate(timeout=10)
    assert running.returncode == code
    assert "came to an end" not in output


def test_stall_says_nothing_and_rests() -> None:
    with process("stall") as running:
        wait_for_line(running, "Falling silent")
        wait_until(lambda: process_stat(running.pid)[0] == "S")
        assert running.poll() is None


def test_hang_in_c_code_hears_nothing_and_only_sigkill_ends_it() -> None:
    with process("hang") as running:
        wait_for_line(running, "Hanging in C code")
        running.send_signal(signal.SIGTERM)
        used = int(process_stat(running.pid)[11])
        wait_until(lambda: int(process_stat(running.pid)[11]) >= used + 10)
        running.kill()
        output, _ = running.communicate(timeout=10)
    assert "heard the request" not in output
    assert running.returncode == -signal.SIGKILL


def test_deafened_agent_outlives_the_request_to_stop() -> None:
    with process("deafen") as running:
        wait_for_line(running, "Working on step 1")
        running.send_signal(signal.SIGTERM)
        deaf = Path(f"/proc/{running.pid}/status").read_text()
        ignored = int(next(line for line in deaf.splitlines() if line.startswith("SigIgn")).split()[1], 16)
        assert ignored & 1 << (signal.SIGTERM - 1)
        assert running.poll() is None
        running.kill()
        output, _ = running.communicate(timeout=10)
    assert "heard the request" not in output


def test_orphan_outlives_the_agent_that_started_it() -> None:
    with process("orphan") as running:
        orphan = int(wait_for_line(running, "process of my own").split()[-1])
        assert int(process_stat(orphan)[1]) == running.pid
        running.kill()
        running.wait(timeout=10)
        assert process_stat(orphan)[0] != "Z"
        os.kill(orphan, signal.SIGKILL)

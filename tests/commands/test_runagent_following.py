"""``runagent``: following the run to its end, and the exit code that tells it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from runs import lifecycle
from runs.models import AgentRun, RunEvent, Status, User
from runs.worker import deliver
from tests import acting
from tests.commands.calling import Said, call
from tests.waiting import wait_until

QUICK = ("--seconds", "0", "--steps", "2")
PATIENCE_SECONDS = 30


@contextmanager
def carried_out_by(work: Any) -> Iterator[None]:
    """Have ``work(run)`` done to the next run, as soon as there is one, by somebody else."""

    def carry_out() -> None:
        try:
            work(wait_until(AgentRun.objects.filter(status=Status.PENDING).first))
        finally:
            connection.close()

    thread = threading.Thread(target=carry_out)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def complete(run: AgentRun) -> None:
    attempt = acting.started(run)
    lifecycle.progress(attempt, percent=50, lines=[lifecycle.Line(run.created_at, "step", "Halfway")])
    lifecycle.complete(attempt, "rehearsed", {"act": "succeed", "note": "It went well."}, "did it")


def run_agent(*words: object, work: Any = complete) -> Said:
    with carried_out_by(work):
        return call("runagent", *words)


@pytest.mark.django_db(transaction=True)
def test_a_completed_run_is_followed_and_printed_as_text(listening: None, operator: User) -> None:
    said = run_agent("rehearsal", *QUICK)
    assert said.code == 0
    assert "Halfway" in said.stderr
    assert "completed. did it" in said.stdout
    assert "It went well." in said.stdout
    assert f"{settings.PUBLIC_URL}/runs/{AgentRun.objects.get().pk}/" in said.stdout


@pytest.mark.django_db(transaction=True)
def test_json_is_all_there_is_on_stdout(listening: None, operator: User) -> None:
    said = run_agent("rehearsal", "--json", *QUICK)
    assert said.code == 0
    assert said.json["status"] == "completed"
    assert said.json["output"] == {"act": "succeed", "note": "It went well."}
    assert said.json["id"] == str(AgentRun.objects.get().pk)


@pytest.mark.django_db(transaction=True)
def test_a_failed_run_ends_with_its_sentence_and_code(listening: None, operator: User) -> None:
    def fail(run: AgentRun) -> None:
        lifecycle.fail(acting.started(run), "invalid_input", "The document is encrypted.")  # type: ignore[arg-type]

    said = run_agent("rehearsal", "--json", work=fail)
    assert said.code == 1
    assert "The document is encrypted." in said.stderr
    assert said.json["error_code"] == "invalid_input"


@pytest.mark.django_db(transaction=True)
def test_a_cancelled_run_has_an_exit_code_of_its_own(listening: None, operator: User) -> None:
    said = run_agent("rehearsal", work=lambda run: lifecycle.cancel(run, by=operator, reason="maintenance"))
    assert said.code == 3
    assert "maintenance" in said.stderr


@pytest.mark.django_db(transaction=True)
def test_an_agent_does_its_work_in_a_process_of_its_own_and_the_tables_show_it(
    listening: None, operator: User
) -> None:
    said = run_agent("policy-checker", work=lambda run: deliver(str(run.pk)))
    run = AgentRun.objects.get()
    assert (said.code, run.status) == (0, Status.COMPLETED)
    findings = run.output["findings"]
    assert len(findings) > 3
    assert all(finding["rule"] in said.stdout for finding in findings)
    assert "Policy checker" not in said.stdout


def test_nobody_listening_is_said_at_once(operator: User) -> None:
    said = call("runagent", "rehearsal")
    assert said.code == 5
    assert "No worker is listening" in said.stderr
    assert "cancelrun" in said.stderr
    assert AgentRun.objects.get().status == Status.PENDING


def test_triggering_alone_warns_where_nobody_listens(operator: User) -> None:
    said = call("runagent", "rehearsal", "--no-follow", "--json")
    assert said.code == 0
    assert "No worker is listening" in said.stderr
    assert said.json["status"] == "pending"


def test_following_ends_with_the_timeout_and_the_run_goes_on(operator: User) -> None:
    said = call("runagent", "rehearsal", "--timeout", "0.3")
    assert said.code == 5
    assert "has not ended within 0.3 s" in said.stderr
    assert AgentRun.objects.get().is_active


def test_what_an_agent_says_does_not_act_on_the_terminal(operator: User) -> None:
    from runs.terminal.following import event_line

    run = acting.pending(operator)
    evil = RunEvent(run=run, kind="logged", message="\x1b]0;owned\x07\x1b[2Jgone\r\nforged line \u202e")
    line = event_line(evil)
    assert line.isprintable()
    assert "gone" in line


# --- As a process, with real signals


def manage(*words: object) -> subprocess.Popen[str]:
    """``manage.py`` against the test's database."""
    program = (
        "import os, sys, django; from django.conf import settings;"
        "settings.DATABASES['default']['NAME'] = sys.argv.pop(1);"
        "from django.core.management import execute_from_command_line as go; go(['manage.py', *sys.argv[1:]])"
    )
    command = [sys.executable, "-c", program, connection.settings_dict["NAME"], *map(str, words)]
    return subprocess.Popen(
        command,
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        # A shell that starts the tests in the background has them, and whatever they start, ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_ctrl_c_stops_following_and_not_the_run(operator: User) -> None:
    with manage("runagent", "rehearsal", "--timeout", PATIENCE_SECONDS) as process:
        assert process.stderr is not None
        said = process.stderr
        # The line of the first event is written by the loop that follows.
        wait_until(lambda: re.match(r"\d\d:\d\d:\d\d Triggered", said.readline()))
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=PATIENCE_SECONDS)
    run = AgentRun.objects.get()
    assert process.returncode == 130
    assert "the run goes on" in stderr
    assert f"cancelrun {str(run.pk)[:8]}" in stderr
    assert "Traceback" not in stderr
    assert run.status == Status.PENDING


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_refusal_is_one_line_without_a_traceback(operator: User) -> None:
    with manage("runagent", "rehearsal", "--set", "colour=red") as process:
        stdout, stderr = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 2
    assert stdout == ""
    assert len(stderr.strip().splitlines()) == 1

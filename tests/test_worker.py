"""A delivery carried out for real: the agent in its own process, every way in which it can end."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.core.files.base import ContentFile
from django.db import connection

from runs import agents, lifecycle, uploads, worker
from runs.models import AgentRun, AgentSettings, Document, ErrorCode, EventKind, Status, User
from tests import acting
from tests.waiting import is_alive, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def rehearse(user: User, act: str, **input: Any) -> AgentRun:
    """Trigger a rehearsal and carry it out here, as a worker would."""
    run = lifecycle.trigger(user, "rehearsal", {"act": act, "seconds": 0, **input})
    worker.deliver(str(run.pk))
    return acting.fresh(run)


def once(agent: str = "rehearsal", **limits: Any) -> None:
    """Let failures of the agent be final, so that a test sees the first."""
    AgentSettings.objects.create(agent=agent, max_attempts=1, **limits)


class InBackground:
    """A delivery in another thread, with the run it carries out."""

    def __init__(self, run: AgentRun) -> None:
        self.run = run
        self._thread = threading.Thread(target=self._deliver)
        self._thread.start()

    def _deliver(self) -> None:
        try:
            worker.deliver(str(self.run.pk))
        finally:
            connection.close()

    def until(self, kind: EventKind) -> None:
        wait_until(lambda: kind in acting.kinds(self.run))

    def process(self) -> psutil.Process:
        """The agent's own process."""
        found = wait_until(self._processes)
        return found[0]

    def _processes(self) -> list[psutil.Process]:
        # Children of the forkserver, which is a child of this process.
        found = []
        for process in [child for each in psutil.Process().children() for child in children_of(each)]:
            # One that has made its own group is an attempt that has begun.
            with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
                if is_alive(process) and os.getpgid(process.pid) == process.pid:
                    found.append(process)
        return found

    def finish(self) -> AgentRun:
        self._thread.join(30)
        assert not self._thread.is_alive()
        return acting.fresh(self.run)


def children_of(process: psutil.Process) -> list[psutil.Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        return list(process.children())
    return []


@pytest.fixture
def in_background() -> Iterator[Callable[..., InBackground]]:
    deliveries: list[InBackground] = []

    def begin(user: User, act: str, **input: Any) -> InBackground:
        run = lifecycle.trigger(user, "rehearsal", {"act": act, "seconds": 0, **input})
        deliveries.append(InBackground(run))
        return deliveries[-1]

    yield begin
    for delivery in deliveries:
        delivery.finish()


class TestEndings:
    def test_success_carries_steps_log_and_output(self, owner: User) -> None:
        run = rehearse(owner, "succeed", steps=3)

        assert (run.status, run.result, run.progress) == (Status.COMPLETED, "rehearsed", 100)
        assert run.output is not None
        assert run.output["steps"] == 3
        assert EventKind.STEPPED in acting.kinds(run)

    def test_an_ordinary_exception_is_tried_again(self, owner: User) -> None:
        run = rehearse(owner, "fail")

        assert run.status == Status.PENDING
        assert "Traceback" in run.traceback

    def test_a_fatal_error_is_not(self, owner: User) -> None:
        assert rehearse(owner, "refuse").error_code == ErrorCode.AGENT_ERROR

    def test_a_flaking_agent_succeeds_in_the_end(self, owner: User) -> None:
        run = rehearse(owner, "flake", succeed_on_attempt=2)
        assert run.status == Status.PENDING
        acting.due(run)

        worker.deliver(str(run.pk))

        assert (acting.fresh(run).status, acting.fresh(run).attempt) == (Status.COMPLETED, 2)

    @pytest.mark.parametrize(
        ("act", "sentence"),
        [
            ("crash", "The agent's process crashed (SIGSEGV)."),
            ("exit", "The agent's process ended without an answer (exit code 3)."),
            ("kill", "The agent's process was killed from outside; perhaps the machine ran out of memory."),
        ],
    )
    def test_a_process_that_dies_frees_the_slot(self, owner: User, act: str, sentence: str) -> None:
        once()

        run = rehearse(owner, act)

        assert (run.status, run.error_code, run.error) == (Status.FAILED, ErrorCode.AGENT_ERROR, sentence)
        assert acting.pending(owner)

    def test_memory_is_bounded(self, owner: User) -> None:
        run = rehearse(owner, "eat_memory", megabytes=2000)

        assert (run.status, run.error_code) == (Status.FAILED, ErrorCode.OUT_OF_MEMORY)
        assert run.error == "The agent needed more than 256 MB of memory."

    @pytest.mark.parametrize("act", ["stall", "hang", "deafen", "burn"])
    def test_the_deadline_holds_whatever_the_agent_does(self, owner: User, act: str, settings: Any) -> None:
        settings.STOP_GRACE_SECONDS = 0.2
        once(run_limit_seconds=1)

        run = rehearse(owner, act, seconds=60 if act == "burn" else 0)

        assert (run.status, run.error_code, run.error) == (Status.FAILED, ErrorCode.TIMED_OUT, "Agent run timed out")

    def test_text_the_database_cannot_hold_is_cleaned(self, owner: User) -> None:
        assert rehearse(owner, "unstorable").status == Status.COMPLETED

    def test_a_flood_of_lines_is_bounded_and_does_not_hold_up_the_run(self, owner: User) -> None:
        run = rehearse(owner, "flood", lines=30_000)

        assert run.status == Status.COMPLETED
        logged = run.events.filter(kind=EventKind.LOGGED)
        assert logged.count() <= lifecycle.attempts.MOST_LINES
        assert max(len(line) for line in logged.values_list("message", flat=True)) <= 8_000

    def test_what_the_agent_started_ends_with_it(self, owner: User, in_background: Any, settings: Any) -> None:
        settings.STOP_GRACE_SECONDS = 0.2
        delivery = in_background(owner, "orphan")
        process = delivery.process()
        grandchild = wait_until(process.children)[0]
        wait_until(lambda: os.getsid(grandchild.pid) == grandchild.pid)

        lifecycle.cancel(delivery.run, by=owner)

        assert delivery.finish().status == Status.CANCELLED
        wait_until(lambda: not is_alive(grandchild))


class TestInterruptions:
    @pytest.mark.parametrize("act", ["stall", "hang", "deafen"])
    def test_cancel_stops_whatever_the_agent_does(
        self, owner: User, act: str, in_background: Any, settings: Any
    ) -> None:
        settings.STOP_GRACE_SECONDS = 0.2
        delivery = in_background(owner, act)
        delivery.until(EventKind.STARTED)

        lifecycle.cancel(delivery.run, by=owner, reason="enough")

        run = delivery.finish()
        assert (run.status, run.error) == (Status.CANCELLED, "Run was cancelled: enough")

    def test_an_attempt_whose_run_was_taken_away_stops_its_process(self, owner: User, in_background: Any) -> None:
        delivery = in_background(owner, "stall")
        process = delivery.process()

        lifecycle.force_stop(delivery.run, by=owner)

        delivery.finish()
        wait_until(lambda: not is_alive(process))
        assert acting.kinds(delivery.run)[-1] == EventKind.FORCE_STOPPED

    def test_killing_the_process_mid_run_retries_and_the_worker_lives(self, owner: User, in_background: Any) -> None:
        delivery = in_background(owner, "stall")

        delivery.process().send_signal(signal.SIGKILL)

        run = delivery.finish()
        assert run.status == Status.PENDING
        assert run.events.get(kind=EventKind.RETRIED).data["exit_code"] == -signal.SIGKILL

    def test_a_worker_asked_to_leave_hands_the_run_back(self, owner: User, settings: Any) -> None:
        settings.STOP_GRACE_SECONDS = 0.2
        settings.DRAIN_SECONDS = 0
        run = lifecycle.trigger(owner, "rehearsal", {"act": "stall", "seconds": 0})

        def leave_when_started() -> None:
            wait_until(lambda: EventKind.STARTED in acting.kinds(run))
            connection.close()
            os.kill(os.getpid(), signal.SIGTERM)

        before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
        thread = threading.Thread(target=leave_when_started)
        thread.start()
        try:
            worker.deliver(str(run.pk))
        finally:
            thread.join()
            signal.signal(signal.SIGTERM, before)

        run = acting.fresh(run)
        assert run.status == Status.PENDING
        assert acting.kinds(run)[-1] == EventKind.HANDED_BACK


class TestDelivery:
    def test_never_raises(self) -> None:
        worker.deliver("not a uuid")

    def test_a_second_delivery_does_nothing(self, owner: User) -> None:
        run = rehearse(owner, "succeed")

        worker.deliver(str(run.pk))

        assert acting.kinds(run).count(EventKind.STARTED) == 1

    def test_an_agent_gone_from_the_registry_ends_the_run(self, owner: User) -> None:
        run = acting.pending(owner)
        AgentRun.objects.filter(pk=run.pk).update(agent="abandoned", max_attempts=1)

        worker.deliver(str(run.pk))

        assert acting.fresh(run).error_code == ErrorCode.AGENT_ERROR


class TestDocuments:
    def keep(self, owner: User, content: bytes, name: str = "letter.txt") -> Document:
        return uploads.keep(ContentFile(content, name=name), owner)

    def test_the_agent_reads_the_users_document(self, owner: User) -> None:
        document = self.keep(owner, b"Invoice number: 2024-0815\nTotal: EUR 12.50\n")
        run = lifecycle.trigger(owner, "document-extractor", {"document": str(document.pk)})

        worker.deliver(str(run.pk))

        run = acting.fresh(run)
        assert (run.status, run.result) == (Status.COMPLETED, "extracted")
        assert run.output is not None
        assert run.output["document"]["sha256"] == document.sha256

    @pytest.mark.parametrize(
        ("agent", "result"), [("document-extractor", "extracted"), ("policy-checker", "approved")]
    )
    def test_without_a_document_an_agent_works_on_its_sample(self, owner: User, agent: str, result: str) -> None:
        run = lifecycle.trigger(owner, agent, {})

        worker.deliver(str(run.pk))

        run = acting.fresh(run)
        assert (run.status, run.result) == (Status.COMPLETED, result)
        assert any("bundled sample" in line for line in run.events.values_list("message", flat=True))

    def test_an_unreadable_document_fails_with_a_sentence_and_no_retry(self, owner: User) -> None:
        document = self.keep(owner, b"%PDF-1.4\nbroken" * 50, "broken.pdf")
        run = lifecycle.trigger(owner, "document-extractor", {"document": str(document.pk)})

        worker.deliver(str(run.pk))

        run = acting.fresh(run)
        assert (run.status, run.error_code, run.attempt) == (Status.FAILED, ErrorCode.INVALID_INPUT, 1)
        assert run.error.endswith(".")

    @pytest.mark.parametrize("agent", ["document-extractor", "policy-checker"])
    def test_a_document_with_too_many_pages_is_refused(self, owner: User, agent: str, settings: Any) -> None:
        settings.DOCUMENT_PAGE_LIMIT = 2
        sample = agents.get("policy-checker").sample
        assert sample is not None
        document = self.keep(owner, sample.read_bytes(), "three pages.pdf")
        run = lifecycle.trigger(owner, agent, {"document": str(document.pk)})

        worker.deliver(str(run.pk))

        run = acting.fresh(run)
        assert run.error_code == ErrorCode.INVALID_INPUT
        assert "3 pages" in run.error

    def test_a_document_deleted_meanwhile_is_said_so(self, owner: User) -> None:
        document = self.keep(owner, b"Some text.")
        run = lifecycle.trigger(owner, "document-extractor", {"document": str(document.pk)})
        document.delete()

        worker.deliver(str(run.pk))

        assert acting.fresh(run).error == "The document of this run no longer exists."

    def test_a_file_that_has_vanished_is_said_so(self, owner: User) -> None:
        document = self.keep(owner, b"Some text.")
        Path(document.file.path).unlink()
        run = lifecycle.trigger(owner, "document-extractor", {"document": str(document.pk)})

        worker.deliver(str(run.pk))

        assert acting.fresh(run).error == "The document of this run no longer exists."


class TestTheProcess:
    def test_keeps_the_heartbeat_while_the_agent_is_silent(
        self, owner: User, in_background: Any, settings: Any
    ) -> None:
        settings.HEARTBEAT_SECONDS = 0.1
        delivery = in_background(owner, "hang")
        delivery.until(EventKind.STARTED)
        first = acting.fresh(delivery.run).lease_expires_at
        assert first is not None

        wait_until(lambda: (acting.fresh(delivery.run).lease_expires_at or first) > first + timedelta(seconds=0.2))

        lifecycle.force_stop(delivery.run, by=owner)

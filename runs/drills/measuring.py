"""One fault each: bring it about, measure, and see what is left behind."""

from __future__ import annotations

import shlex
import subprocess
import time
from collections.abc import Callable, Sequence

import psutil
from django.conf import settings
from django.db import connection, models

from runs.drills.crews import Crew, NotIdentified, alive, kill
from runs.drills.faults import Fault, Result, judged
from runs.drills.rehearsals import NotHere, Rehearsals
from runs.models import AgentRun, Cluster, Status

RECOVERY_PATIENCE_SECONDS = 60.0
PROCESS_PATIENCE_SECONDS = 5.0
IDLE_AFTER_SECONDS = 0.5
"""A worker waits for the next run within milliseconds of the last; from outside nobody can tell that it does."""

Tell = Callable[[str], None]


class NotDrilled(Exception):
    """The fault was not brought about; the text says why."""


class Measuring:
    """What the faults share: the runs, the time there is, and somebody to tell."""

    def __init__(self, rehearsals: Rehearsals, tell: Tell, *, is_supervised: bool, restart_command: str) -> None:
        self.rehearsals = rehearsals
        self.deadline = rehearsals.deadline
        self.tell = tell
        self.is_supervised = is_supervised
        self.restart_command = restart_command

    def measure(self, fault: Fault) -> Result:
        """Bring the fault about. Raises ``NotDrilled`` where it was not."""
        ways: dict[str, Callable[[Fault], Result]] = {
            "attempt": self.attempt,
            "busy-worker": lambda fault: self.busy(fault, lambda crew: crew.worker),
            "idle-worker": self.idle_worker,
            "sentinel": lambda fault: self.busy(fault, lambda crew: crew.sentinel),
            "main": lambda fault: self.busy(fault, lambda crew: crew.main),
            "database": self.database,
        }
        try:
            return ways[fault.name](fault)
        except (NotHere, NotIdentified) as reason:
            raise NotDrilled(str(reason)) from None

    # --- Processes

    def attempt(self, fault: Fault) -> Result:
        """Kill the agent's own process."""
        run = self.rehearsals.running_here()
        crew = Crew.of(run)
        agents = self.deadline.ask(crew.agents, PROCESS_PATIENCE_SECONDS)
        if not agents:
            raise NotIdentified(f"the agent's process of {run} was not found")
        result = self._kill_and_measure(fault, run, agents[0], [agents[0]])
        return (
            result if alive([crew.worker]) else judged(fault, result.slot, result.start, ["the worker died with it"])
        )

    def busy(self, fault: Fault, victim_of: Callable[[Crew], psutil.Process]) -> Result:
        """Kill a process of the cluster above a run."""
        run = self.rehearsals.running_here()
        crew = Crew.of(run)
        self._refuse_unless_started_again(fault, crew)
        self.deadline.ask(crew.agents, PROCESS_PATIENCE_SECONDS)
        # Main ends when its sentinel does, so that all of the cluster has to go with either.
        doomed = crew.below(crew.main if fault.ends_cluster else victim_of(crew))
        return self._kill_and_measure(fault, run, victim_of(crew), doomed)

    def _kill_and_measure(
        self, fault: Fault, run: AgentRun, victim: psutil.Process, doomed: Sequence[psutil.Process]
    ) -> Result:
        self._say_kill(fault, victim)
        killed_at = time.monotonic()
        kill(victim)
        slot = self.deadline.seconds_until(lambda: _has_let_go(run), killed_at, RECOVERY_PATIENCE_SECONDS)
        start = self._until_next_start(run, killed_at) if slot is not None else None
        return judged(fault, slot, start, self._left_behind(doomed))

    def _until_next_start(self, run: AgentRun, since: float) -> float | None:
        """The retry's start; or, where the run has ended, that of a new one."""
        if AgentRun.objects.finished().filter(pk=run.pk).exists():
            run = self.rehearsals.trigger()
        return self.deadline.seconds_until(lambda: _has_started_since(run), since, RECOVERY_PATIENCE_SECONDS)

    def _left_behind(self, doomed: Sequence[psutil.Process]) -> list[str]:
        self.deadline.ask(lambda: not alive(doomed), PROCESS_PATIENCE_SECONDS)
        left = alive(doomed)
        return [f"left behind: process {', '.join(str(process.pid) for process in left)}"] if left else []

    def idle_worker(self, fault: Fault) -> Result:
        """Kill the one worker that waits for work, and with it, perhaps, the lock all workers share.

        All others are given runs first: it is then certain which one it is that waits.
        """
        workers = Cluster.objects.listening().aggregate(count=models.Sum("worker_count"))["count"] or 1
        run = self.rehearsals.running_on_all(workers)[-1]
        crew = Crew.of(run)
        self._refuse_unless_started_again(fault, crew)
        if not self.rehearsals.end(run):
            raise NotDrilled("a run could not be stopped to make its worker idle")
        time.sleep(IDLE_AFTER_SECONDS)
        self._say_kill(fault, crew.worker)
        killed_at = time.monotonic()
        kill(crew.worker)
        following = self.rehearsals.trigger()
        start = self.deadline.seconds_until(
            lambda: _has_started_since(following), killed_at, RECOVERY_PATIENCE_SECONDS
        )
        return judged(fault, None, start, self._left_behind([crew.worker]))

    def _refuse_unless_started_again(self, fault: Fault, crew: Crew) -> None:
        if fault.ends_cluster and not (self.is_supervised or crew.is_started_again):
            raise NotDrilled(
                "it ends the cluster, which 'manage.py up' does not look after; with --supervised you say that "
                "something else starts it again"
            )

    def _say_kill(self, fault: Fault, victim: psutil.Process) -> None:
        self.tell(f"{fault.name}: killing process {victim.pid}")

    # --- The database

    def database(self, fault: Fault) -> Result:
        """Restart the database under a run, which has to survive, and be obeyed again when it is back.

        Counted from the moment the database answers again.
        """
        if not self.restart_command and settings.EMBEDDED_POSTGRES is None:
            raise NotDrilled("it is not the embedded one; with --database-restart-command you say how it is restarted")
        run = self.rehearsals.running_here()
        self.tell("database: restarting it")
        connection.close()
        self._restart()
        back = self.deadline.ask(_answers, RECOVERY_PATIENCE_SECONDS)
        if not back:
            return judged(fault, None, None, ["the database did not come back"])
        back_at = time.monotonic()
        survived = AgentRun.objects.filter(pk=run.pk, status=Status.RUNNING, attempt=run.attempt).exists()
        following = self.deadline.ask(lambda: self.rehearsals.trigger("replace"), PROCESS_PATIENCE_SECONDS)
        if following is None:
            return judged(fault, None, None, ["no run could be triggered"])
        slot = self.deadline.seconds_until(lambda: _has_let_go(run), back_at, RECOVERY_PATIENCE_SECONDS)
        start = self.deadline.seconds_until(lambda: _has_started_since(following), back_at, RECOVERY_PATIENCE_SECONDS)
        return judged(fault, slot, start, [] if survived else ["the run did not survive it"])

    def _restart(self) -> None:
        if self.restart_command:
            try:
                subprocess.run(  # nosec B603
                    shlex.split(self.restart_command), check=True, capture_output=True, timeout=self.deadline.left
                )
            except (OSError, subprocess.SubprocessError) as error:
                raise NotDrilled(f"{self.restart_command!r} failed: {error}") from None
            return
        assert settings.EMBEDDED_POSTGRES is not None
        settings.EMBEDDED_POSTGRES.stop()
        settings.EMBEDDED_POSTGRES.start()


def _has_let_go(run: AgentRun) -> bool:
    """Whether the attempt no longer holds the run: its slot is free, or it is to be tried again."""
    return not AgentRun.objects.filter(pk=run.pk, status=Status.RUNNING, attempt=run.attempt).exists()


def _has_started_since(run: AgentRun) -> bool:
    """Whether an attempt after the one of ``run`` has begun."""
    return AgentRun.objects.filter(pk=run.pk, status=Status.RUNNING, attempt__gt=run.attempt).exists()


def _answers() -> bool:
    connection.ensure_connection()
    return connection.is_usable()

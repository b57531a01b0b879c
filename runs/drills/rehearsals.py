"""The drill's user and its harmless runs."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from runs import lifecycle
from runs.drills.refusals import DrillRefused
from runs.drills.waiting import Deadline
from runs.errors import WrongStatus
from runs.lifecycle import OnConflict
from runs.models import AgentRun, Status, Trigger, User
from runs.models.run import FINAL
from runs.places import Place

USERNAME = "drill"
REHEARSAL_SECONDS = 90
"""A rehearsal that nobody ends, since the drill was killed, goes by itself after this long."""
START_PATIENCE_SECONDS = 30.0
END_PATIENCE_SECONDS = 20.0
FREE_WORKER_PATIENCE_SECONDS = 5.0
TRIES_FOR_THIS_HOST = 5
MOST_RUNS_AT_ONCE = 32
REASON = "the drill is over"


class NotHere(Exception):
    """No run was taken up on this host; the text says what happened instead."""


class Rehearsals:
    """Runs that do nothing, of a user who cannot sign in."""

    def __init__(self, deadline: Deadline) -> None:
        self.user = drill_user()
        self.deadline = deadline

    def allow(self, run_count: int) -> None:
        """Let the drill have so many runs at once."""
        self.user.active_run_limit = run_count
        self.user.save(update_fields=["active_run_limit"])

    def trigger(self, on_conflict: OnConflict = "reject") -> AgentRun:
        """Ask for a run that only waits."""
        input = {"act": "succeed", "seconds": REHEARSAL_SECONDS, "steps": 1}
        return lifecycle.trigger(self.user, "rehearsal", input, trigger=Trigger.COMMAND, on_conflict=on_conflict)

    def running_here(self) -> AgentRun:
        """A run that a worker of this host has begun. Raises ``NotHere``."""
        for _ in range(TRIES_FOR_THIS_HOST):
            run = self.until_running(self.trigger())
            if _is_here(run):
                return run
            self.end_all()
        raise NotHere(f"{TRIES_FOR_THIS_HOST} runs were all taken up on other hosts")

    def until_running(self, run: AgentRun) -> AgentRun:
        """The run, once it has been taken up. Raises ``NotHere``."""
        found = self.deadline.ask(lambda: _running(run), START_PATIENCE_SECONDS)
        if found is None:
            raise NotHere("no worker took up a run")
        return found

    def running_on_all(self, worker_count: int) -> list[AgentRun]:
        """Runs on every worker that is free, for so many workers; those of this host. Raises ``NotHere``."""
        self.allow(min(worker_count, MOST_RUNS_AT_ONCE))
        runs: list[AgentRun] = []
        for _ in range(self.user.active_run_limit):
            run = self.trigger()
            begun = self.deadline.ask(lambda run=run: _running(run), FREE_WORKER_PATIENCE_SECONDS)  # type: ignore[misc]
            if begun is None:
                # Nobody was free for it: the others have runs of other users.
                self.end(run)
                break
            runs.append(begun)
        here = [run for run in runs if _is_here(run)]
        if not here:
            raise NotHere("no worker of this host took up a run")
        return here

    def end(self, run: AgentRun) -> bool:
        """Stop a run; whether it has ended in time."""
        self._stop(lifecycle.cancel, run)
        ended = AgentRun.objects.finished().filter(pk=run.pk)
        return bool(self.deadline.ask(ended.exists, END_PATIENCE_SECONDS))

    def end_all(self) -> None:
        """Stop every run of the drill, by force in the end, whether or not there is time left."""
        unfinished = AgentRun.objects.filter(user=self.user).exclude(status__in=FINAL)
        # The newest first: one that waits must not move up.
        for run in unfinished.order_by("-created_at"):
            self._stop(lifecycle.cancel, run)
        # A deadline of its own: cleaning up is owed also when the time is over.
        Deadline(END_PATIENCE_SECONDS).ask(lambda: not unfinished.exists(), END_PATIENCE_SECONDS)
        for run in unfinished:
            self._stop(lifecycle.force_stop, run)

    def _stop(self, verb: Callable[..., AgentRun], run: AgentRun) -> None:
        # It may have ended by itself meanwhile.
        with contextlib.suppress(WrongStatus):
            verb(run, by=self.user, reason=REASON)


def drill_user() -> User:
    """The user whose runs a drill is about, made at the first drill. Raises ``DrillRefused``."""
    user = User.objects.filter(username=USERNAME).first()
    if user is None:
        user = User(username=USERNAME, trigger_rate_limit=0, daily_run_limit=0)
        user.set_unusable_password()
        user.save(force_insert=True)
    elif user.has_usable_password() or user.is_staff or not user.is_active:
        raise DrillRefused(f"The user {USERNAME!r} is somebody's account: a drill needs the name for itself.")
    return user


def _running(run: AgentRun) -> AgentRun | None:
    return AgentRun.objects.filter(pk=run.pk, status=Status.RUNNING).first()


def _is_here(run: AgentRun) -> bool:
    place = Place.parse(run.worker_place)
    return place is not None and place.is_here and place.is_alive

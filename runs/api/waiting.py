"""Answering when a run has ended: ``?wait=seconds``.

Whoever waits holds one of the few threads that serve everybody, so that few may wait at once in a
process; the others are answered at once, and told so. Between looks nothing is held of the database:
each look is a statement of its own, in no transaction.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from pydantic import BaseModel, ConfigDict, Field

from runs import access
from runs.api.authentication import signed_in
from runs.api.parameters import read_parameters
from runs.models import User
from runs.models.run import FINAL

LONGEST_SECONDS: Final = 60
MOST_WAITERS: Final = 3
"""Of each process's threads (``agentsite.gunicorn_web``). The others are left to everybody else."""
FIRST_LOOK_SECONDS: Final = 0.05
LAST_LOOK_SECONDS: Final = 0.4
"""How often a waiter looks, in the beginning and after a while: most runs end soon or not for long."""

Outcome = Literal["ended", "elapsed", "cut-short"]


class WaitParameters(BaseModel):
    """How long to wait for an answer."""

    model_config = ConfigDict(extra="forbid")

    wait: float = Field(
        0,
        ge=0,
        le=LONGEST_SECONDS,
        allow_inf_nan=False,
        description="Answer when the run has ended, or after so many seconds as it is then. The header X-Wait says "
        "which: ended, elapsed, or cut-short where too many wait already; then ask again after Retry-After.",
    )


class Waiters:
    """Those who wait in one process. ``is_leaving`` is asked at every look; then nobody waits any longer."""

    def __init__(self, most: int = MOST_WAITERS) -> None:
        self.is_leaving: Callable[[], bool] = lambda: False
        self._places = threading.BoundedSemaphore(most)

    def wait(self, is_over: Callable[[], bool], seconds: float) -> Outcome:
        """Wait until ``is_over``, so long at most. Without a free place there is one look, and no waiting."""
        if not self._places.acquire(blocking=False):
            return "ended" if is_over() else "cut-short"
        try:
            return self._look_again_and_again(is_over, seconds)
        finally:
            self._places.release()

    def _look_again_and_again(self, is_over: Callable[[], bool], seconds: float) -> Outcome:
        until, pause = time.monotonic() + seconds, FIRST_LOOK_SECONDS
        while not is_over():
            left = until - time.monotonic()
            if left <= 0:
                return "elapsed"
            if self.is_leaving():
                return "cut-short"
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, LAST_LOOK_SECONDS)
        return "ended"


waiters = Waiters()


def seconds_asked(request: HttpRequest) -> float:
    """How long the request wants to wait; read before anything is done. Raises ninja's ``ValidationError``."""
    return read_parameters(request, WaitParameters).wait


def wait_for_end(request: HttpRequest, response: HttpResponse, run_id: UUID, seconds: float) -> None:
    """Let the request wait for the end of a run, and the answer say what came of it."""
    user = signed_in(request)
    response["X-Wait"] = outcome = waiters.wait(lambda: _is_over(user, run_id), seconds)
    if outcome == "cut-short":
        response["Retry-After"] = "1"


def _is_over(user: User, run_id: UUID) -> bool:
    """Whether the run has ended, is gone, or is not the user's to see any more."""
    going_on: bool = access.visible_runs(user).filter(pk=run_id).exclude(status__in=FINAL).exists()
    return not going_on

"""Why a run is not triggered: others are in the way, too many were asked for, or the same was asked already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from runs.errors.base import AgentSiteError

if TYPE_CHECKING:
    from runs.models import AgentRun, AgentSettings


class AlreadyRunning(AgentSiteError):
    """The user's slots are all taken by active runs."""

    code = "already_running"
    status = 409

    def __init__(self, active_run: AgentRun, waiting_run: AgentRun | None) -> None:
        super().__init__("An agent is already running")
        self.active_run = active_run
        self.waiting_run = waiting_run

    @property
    def choices(self) -> list[str]:
        """What ``on_conflict`` could be instead: the seat may be taken, too."""
        return ["wait", "replace"] if self.waiting_run is None else ["replace"]


class SeatTaken(AgentSiteError):
    """Another run of the user already waits for the slot."""

    code = "seat_taken"
    status = 409

    def __init__(self, waiting_run: AgentRun) -> None:
        super().__init__("Another run of yours is already waiting for the slot.")
        self.waiting_run = waiting_run
        self.choices = ["replace"]


class RateLimited(AgentSiteError):
    """Something was asked for more often than is allowed in a short time.

    ``sentence`` says what; when it is possible again is added to it.
    """

    code = "rate_limited"
    status = 429

    def __init__(self, sentence: str, retry_after_seconds: int) -> None:
        super().__init__(f"{sentence} The next is possible in {_span(retry_after_seconds)}.")
        self.retry_after_seconds = retry_after_seconds


class QuotaUsedUp(AgentSiteError):
    """The user has asked for as many runs as they may have in a day."""

    code = "quota_used_up"
    status = 429

    def __init__(self, runs_a_day: int, retry_after_seconds: int) -> None:
        all_of_them = "The one run" if runs_a_day == 1 else f"All {runs_a_day} runs"
        said = f"{all_of_them} of today {'is' if runs_a_day == 1 else 'are'} used up."
        super().__init__(f"{said} The next is possible at 00:00 UTC, in {_span(retry_after_seconds)}.")
        self.retry_after_seconds = retry_after_seconds


class KeyInUse(AgentSiteError):
    """A request with the same Idempotency-Key is being carried out."""

    code = "idempotency_key_in_use"
    status = 409
    retry_after_seconds = 1

    def __init__(self) -> None:
        super().__init__("A request with this Idempotency-Key is still being processed. Ask again in a moment.")


class KeyReused(AgentSiteError):
    """The Idempotency-Key belongs to a request that asked for something else."""

    code = "idempotency_key_reused"
    status = 422

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was sent with a different request. Give each request a key of its own.")


class AgentPaused(AgentSiteError):
    """An operator has paused the agent; ``settings`` says who, since when and why."""

    code = "agent_paused"
    status = 409

    def __init__(self, sentence: str, settings: AgentSettings) -> None:
        super().__init__(sentence)
        self.settings = settings


class AgentHeld(AgentPaused):
    """The agent's version has changed a golden, or was not checked yet, and no operator has said yes."""

    code = "agent_held"


class AgentNotPaused(AgentSiteError):
    """The agent can be run: there is no pause to end."""

    code = "agent_not_paused"
    status = 409


class UnknownAgent(AgentSiteError):
    """No agent of this name is in the registry."""

    code = "unknown_agent"
    status = 404

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no agent named {name!r}.")


class InvalidInput(AgentSiteError):
    """The agent's input does not fit its schema.

    ``errors`` holds pydantic's entries: ``type``, ``loc`` (a tuple beginning with
    the field's name), ``msg``, ``input`` and sometimes ``ctx``.
    """

    code = "invalid_input"
    status = 422

    def __init__(self, errors: Sequence[Mapping[str, Any]]) -> None:
        super().__init__("; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in errors))
        # pydantic puts the exception itself into the context of an own validator's complaint.
        self.errors = [{**e, "ctx": {k: str(v) for k, v in e["ctx"].items()}} if "ctx" in e else e for e in errors]


class UserLocked(AgentSiteError):
    """Another request held the user's row for longer than the lock wait."""

    code = "user_locked"
    status = 503
    retry_after_seconds = 1

    def __init__(self) -> None:
        super().__init__("Your runs are being changed by another request. Please try again in a moment.")


def _span(seconds: int) -> str:
    """A time to wait, as one would say it: never shorter than it is."""
    if seconds < 120:
        return f"{seconds} second{'' if seconds == 1 else 's'}"
    minutes = -(-seconds // 60)
    return f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"

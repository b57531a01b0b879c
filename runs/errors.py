"""Every way the site says no: a code for programs, an HTTP status, a sentence for people.

Raised by the core, translated once at each face. Nothing here imports Django, so
that an agent's process can raise these too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runs.models import AgentRun, AgentSettings


class AgentSiteError(Exception):
    """A refusal. Subclasses set ``code`` and ``status`` and write the sentence."""

    code = "refused"
    status = 400
    retry_after_seconds: int | None = None
    """When it makes sense to ask again, where that is known."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


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


class WrongStatus(AgentSiteError):
    """The verb does not apply to a run in this status."""

    code = "wrong_status"
    status = 409

    def __init__(self, verb: str, run: AgentRun) -> None:
        super().__init__(f"This run can not be {verb}: it is {run.status}.")
        self.run = run


class NothingToAdopt(AgentSiteError):
    """No result of the run came late, or it has been adopted already."""

    code = "nothing_to_adopt"
    status = 409

    def __init__(self) -> None:
        super().__init__("This run has no late result that could be adopted.")


class ReasonMissing(AgentSiteError):
    """What is to be done is kept with its reason, and none was given."""

    code = "reason_missing"
    status = 422

    def __init__(self) -> None:
        super().__init__("Please give a reason: it is kept in the history.")


class NoResult(AgentSiteError):
    """The run has not completed: it goes on, or has ended otherwise."""

    code = "no_result"
    status = 409

    def __init__(self, run: AgentRun) -> None:
        went = "has no result" if run.is_final else "has no result yet"
        super().__init__(f"This run {went}: it is {run.status}.")
        self.run = run


class LeaseLost(AgentSiteError):
    """The attempt no longer holds the run: it was rescued, stopped or ended elsewhere."""

    code = "lease_lost"
    status = 409


class AgentPaused(AgentSiteError):
    """An operator has paused the agent; ``settings`` says who, since when and why."""

    code = "agent_paused"
    status = 409

    def __init__(self, sentence: str, settings: AgentSettings) -> None:
        super().__init__(sentence)
        self.settings = settings


class TookTooLong(AgentSiteError):
    """A question to the database that would have taken longer than anybody waits."""

    code = "took_too_long"
    status = 503

    def __init__(self, sentence: str = "This took too long. Choose a shorter period.") -> None:
        super().__init__(sentence)


class AgentNotPaused(AgentSiteError):
    """The agent can be run: there is no pause to end."""

    code = "agent_not_paused"
    status = 409


class NotAllowed(AgentSiteError):
    """The caller is known but may not do this."""

    code = "not_allowed"
    status = 403


class PayloadHidden(AgentSiteError):
    """An operator has not said why they want to see what is in somebody else's run."""

    code = "payload_hidden"
    status = 403

    def __init__(self) -> None:
        super().__init__("What is in another user's run is hidden until you give a reason: open it on the run's page.")


class NotSignedIn(AgentSiteError):
    """The caller gave no valid token or session."""

    code = "not_signed_in"
    status = 401


class SignInLocked(AgentSiteError):
    """Too many wrong passwords. The same is said whether or not there is anybody of that name."""

    code = "sign_in_locked"
    status = 429

    def __init__(self, retry_after_seconds: int) -> None:
        minutes = -(-retry_after_seconds // 60)
        wait = "a minute" if minutes <= 1 else f"{minutes} minutes"
        super().__init__(
            "Signing in from here is locked after too many attempts with a wrong name or password. "
            f"It is possible again in {wait}."
        )
        self.retry_after_seconds = retry_after_seconds


class SignInRefused(AgentSiteError):
    """Who signs in elsewhere and is not let in here; the sentence says why."""

    code = "sign_in_refused"
    status = 403


class SignInBroken(AgentSiteError):
    """What the browser has brought back from the provider is of no use."""

    code = "sign_in_broken"
    status = 400


class IssuerAway(AgentSiteError):
    """The issuer of identities does not answer, or not as one."""

    code = "issuer_away"
    status = 503
    retry_after_seconds = 10


class UnknownAgent(AgentSiteError):
    """No agent of this name is in the registry."""

    code = "unknown_agent"
    status = 404

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no agent named {name!r}.")


class NotFound(AgentSiteError):
    """The object does not exist, or the caller may not see it; the answer is the same."""

    code = "not_found"
    status = 404


class PageNotShown(AgentSiteError):
    """A page of a document that cannot be drawn or read again."""

    code = "page_not_shown"
    status = 422


class TooBusyToShow(AgentSiteError):
    """Others have their pages drawn at the moment."""

    code = "too_busy_to_show"
    status = 503

    def __init__(self) -> None:
        super().__init__("Too many pages are being drawn at the moment. Please try again in a moment.")


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


class ScheduleRefused(InvalidInput):
    """A schedule that can not be as it is asked for. The faults of its agent's input begin with ``input``."""

    code = "schedule_refused"


class DocumentRefused(AgentSiteError):
    """An upload that is empty, too large or of a kind no reader is for."""

    code = "document_refused"
    status = 422


class DocumentInUse(AgentSiteError):
    """The document can not be deleted: a run, a saved input or a schedule has it."""

    code = "document_in_use"
    status = 409


class TokenRefused(AgentSiteError):
    """A token that may not be issued so: without a name or a scope, or for more than its giver may."""

    code = "token_refused"
    status = 422


class WebhookRefused(AgentSiteError):
    """A webhook that may not be so: an address that is not called, no event, one too many; or not at this moment."""

    code = "webhook_refused"
    status = 422


class InputNotKept(AgentSiteError):
    """An input that is to be saved without a name, is too large, or is one too many."""

    code = "input_not_kept"
    status = 422


class PolicyRefused(AgentSiteError):
    """A policy whose text is not valid YAML or whose rules do not fit the schema.

    ``errors`` holds pydantic's entries where the text could be read, ``loc`` beginning with the policy's own key.
    """

    code = "policy_refused"
    status = 422

    def __init__(self, sentence: str, errors: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(sentence)
        self.errors = errors


class UserLocked(AgentSiteError):
    """Another request held the user's row for longer than the lock wait."""

    code = "user_locked"
    status = 503
    retry_after_seconds = 1

    def __init__(self) -> None:
        super().__init__("Your runs are being changed by another request. Please try again in a moment.")


class SavedViewRefused(AgentSiteError):
    """A saved view without a usable name or filter, or one too many."""

    code = "saved_view_refused"
    status = 422


class NothingChosen(AgentSiteError):
    """Something was to be done to several runs, and none, or not the right number, was chosen."""

    code = "nothing_chosen"
    status = 422


class NotComparable(AgentSiteError):
    """The two runs do not answer the same question."""

    code = "not_comparable"
    status = 422


def _span(seconds: int) -> str:
    """A time to wait, as one would say it: never shorter than it is."""
    if seconds < 120:
        return f"{seconds} second{'' if seconds == 1 else 's'}"
    minutes = -(-seconds // 60)
    return f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


class AgentError(Exception):
    """An agent's own way to end its attempt. Raise one of the subclasses."""


class RetryableError(AgentError):
    """It did not work this time; another try may."""


class FatalError(AgentError):
    """It will not work, however often it is tried."""


class UnreadableDocument(FatalError):
    """The document itself is the reason: encrypted, empty, corrupt, without text, too large.

    The text is one sentence for the person who uploaded it.
    """

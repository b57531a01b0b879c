"""What is not there, can not be shown, or can not be kept as it was given."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runs.errors.base import AgentSiteError
from runs.errors.triggers import InvalidInput


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


class TookTooLong(AgentSiteError):
    """A question to the database that would have taken longer than anybody waits."""

    code = "took_too_long"
    status = 503

    def __init__(self, sentence: str = "This took too long. Choose a shorter period.") -> None:
        super().__init__(sentence)


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

    ``errors`` holds pydantic's entries where the text could be read, ``loc`` beginning with the policy's own key;
    ``sentences`` says each of them.
    """

    code = "policy_refused"
    status = 422

    def __init__(self, sentence: str, errors: Sequence[Mapping[str, Any]] = (), sentences: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.errors = errors
        self.sentences = sentences or (sentence,)

    @property
    def faults(self) -> list[Fault]:
        """Each fault with the line of the text it is in, where that is known."""
        return [Fault.read(sentence) for sentence in self.sentences]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a policy, and in which line, counted from 1."""

    line: int | None
    sentence: str

    @classmethod
    def read(cls, sentence: str) -> Fault:
        """The fault that a sentence names; one that knows its line begins with it."""
        named = re.match(r"Line (\d+)[:,] ", sentence)
        return cls(int(named[1]) if named else None, sentence)

    @property
    def rest(self) -> str:
        """The sentence without the line."""
        return re.sub(r"^Line \d+[:,] ", "", self.sentence)


class GoldensChanged(AgentSiteError):
    """A version of a policy would change what pinned checks have found, and nobody has said yes to that."""

    code = "goldens_changed"
    status = 409


class PolicyMovedOn(AgentSiteError):
    """Another version of the policy was published after the one the text was written from."""

    code = "policy_moved_on"
    status = 409

    def __init__(self, name: str, version: int, by: str = "") -> None:
        whose = f" by {by}" if by else ""
        if version:
            sentence = f"Version {version} of {name!r} has been published{whose} meanwhile."
        else:
            sentence = f"There is no policy {name!r} yet: publish its first version."
        super().__init__(sentence)
        self.name = name
        self.version = version


class PolicyTrialFailed(AgentSiteError):
    """A document that can not be judged on trial: it can not be read, or not within a trial's time and memory."""

    code = "policy_trial_failed"
    status = 422


class SavedViewRefused(AgentSiteError):
    """A saved view without a usable name or filter, or one too many."""

    code = "saved_view_refused"
    status = 422

"""What is not there, can not be shown, or can not be kept as it was given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

    ``errors`` holds pydantic's entries where the text could be read, ``loc`` beginning with the policy's own key.
    """

    code = "policy_refused"
    status = 422

    def __init__(self, sentence: str, errors: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(sentence)
        self.errors = errors


class SavedViewRefused(AgentSiteError):
    """A saved view without a usable name or filter, or one too many."""

    code = "saved_view_refused"
    status = 422

"""What is known of a document before the slot is taken.

Documents are read in processes of their own (``runs.documents.preflight``), here as
everywhere; what one says is kept with the document, so that it is looked at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import structlog
from django.conf import settings
from pydantic import BaseModel, Field, ValidationError

from runs import document_processes, uploads
from runs.agents.base import Agent
from runs.documents import READABLE_KINDS, engine
from runs.documents.preflight import LARGEST_OUTPUT
from runs.documents.reading import too_many_pages
from runs.inputs import PreparedInput
from runs.models import AgentRun, Document, Status, User

logger = structlog.stdlib.get_logger(__name__)

TIME_LIMIT_SECONDS: Final = 5
NOT_LOOKED: Final[dict[str, Any]] = {}
LANGUAGES: Final = {
    "en": "English",
    "de": "German",
    "fr": "French",
    "nl": "Dutch",
    "es": "Spanish",
    "it": "Italian",
}


class Facts(BaseModel):
    """What the process said, believed only in this form."""

    pages: int | None = Field(ge=0, le=10_000_000)
    text: Literal["text", "mixed", "pictures", ""]
    language: str | None = Field(max_length=8)
    is_encrypted: bool
    is_scan: bool
    refusal: str = Field(max_length=400)


@dataclass(frozen=True, slots=True)
class Preflight:
    """A document and its facts; ``facts`` is None where it was not looked at, or not to the end."""

    document: Document
    facts: Facts | None
    has_looked: bool

    @property
    def refusal(self) -> str:
        """Why no run on the document can end well, in a sentence; empty if nothing is known against it."""
        if self.facts is None:
            return ""
        pages, limit = self.facts.pages or 0, settings.DOCUMENT_PAGE_LIMIT
        if self.facts.refusal or pages > limit:
            return self.facts.refusal or str(too_many_pages(pages, limit))
        return str(engine.missing()) if self.facts.is_scan and not self.can_recognise else ""

    @property
    def can_recognise(self) -> bool:
        """Whether the text of pictures can be read here."""
        return engine.program() is not None

    @property
    def kind(self) -> str:
        return READABLE_KINDS.get(self.document.media_type, self.document.media_type)

    @property
    def language(self) -> str:
        """The language's name, as far as it could be guessed."""
        return LANGUAGES.get(self.facts.language or "", "") if self.facts else ""


def recall(document: Document) -> Preflight:
    """What is known already. Reads nothing."""
    facts = _checked(document.facts)
    # What an earlier version has noted in another form is looked at again.
    return Preflight(document, facts, facts is not None or document.facts == NOT_LOOKED)


def look(document: Document, *, again: bool = False) -> Preflight:
    """Look at a document, unless somebody has; ``again``: also if that came to nothing.

    Takes a tenth of a second, and five at most. One that can not be looked at in that
    time, or at all, is nobody's fault yet: its run has more time.
    """
    known = recall(document)
    if not known.has_looked or (again and not known.facts):
        facts = _ask(document)
        if facts is None:
            return Preflight(document, None, has_looked=True)
        document.facts = facts
        Document.objects.filter(pk=document.pk).update(facts=facts)
    return recall(document)


def earlier_result(agent: Agent[Any, Any], user: User, prepared: PreparedInput) -> AgentRun | None:
    """The latest completed run of the same version of the agent, by the same user, on the same input.

    Documents are the same by their SHA-256, policies by their version.
    """
    if prepared.document is None:
        return None
    same = AgentRun.objects.filter(
        document=prepared.document,
        user=user,
        agent=agent.name,
        agent_version=agent.version,
        policy=prepared.policy,
        status=Status.COMPLETED,
        input=prepared.values,
    )
    return same.only("id", "agent", "summary", "completed_at").order_by("-completed_at").first()


def _checked(facts: Any) -> Facts | None:
    try:
        return Facts.model_validate(facts)
    except ValidationError:
        return None


def _ask(document: Document) -> dict[str, Any] | None:
    """The process's facts; ``NOT_LOOKED`` if it came to nothing, None if it is not worth remembering."""
    try:
        with uploads.local_path(document) as path:
            said = document_processes.ask(
                "runs.documents.preflight", str(path), seconds=TIME_LIMIT_SECONDS, largest_answer=LARGEST_OUTPUT
            )
    except (OSError, document_processes.NoTurn):
        return None
    except (document_processes.TookTooLong, document_processes.BrokeOff):
        said = None
    checked = _checked(said)
    if checked is None:
        logger.warning("preflight_failed", document_id=document.pk)
        return NOT_LOOKED
    return checked.model_dump()

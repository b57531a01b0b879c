"""Trying a policy on a document before it is published: judged at once, in a process of its own, within limits.

A trial is no run: it takes no slot, leaves nothing behind, and ends after ``runs.agents.policies.trial``'s
seconds. Documents are read in processes of their own here as everywhere.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

import structlog
from django.conf import settings
from pydantic import BaseModel, Field, ValidationError

from runs import document_processes, uploads
from runs.agents.policies import Finding, PolicyRules, Status, Verdict, counts
from runs.agents.policies.trial import LARGEST_OUTPUT, LAST_SECONDS
from runs.agents.policy_checker import PolicyChecker
from runs.document_processes import BrokeOff, NoTurn, TookTooLong
from runs.documents import sniff
from runs.errors import PolicyTrialFailed
from runs.models import Document

logger = structlog.stdlib.get_logger(__name__)

# A trial holds a thread of the web server and a processor.
MOST_AT_ONCE: Final = threading.BoundedSemaphore(2)
PATIENCE_SECONDS: Final = 5
TOO_LONG: Final = "Trying took too long and was stopped. Publish the policy and run it: a run has more time."
BROKEN: Final = "The document could not be judged here. Publish the policy and run it: a run has more time and memory."


class Trial(BaseModel):
    """What a trial brought. Believed only in this form."""

    pages: int = Field(ge=0, le=1_000_000)
    warnings: list[str] = Field(max_length=1_000)
    verdict: Verdict
    findings: list[Finding] = Field(max_length=200)

    @property
    def counts(self) -> dict[Status, int]:
        """How many rules ended each way."""
        return counts(self.findings)


def attempt(policy: PolicyRules, document: Document | None) -> Trial:
    """Judge one of a user's documents, or the checker's sample, by a policy that need not be published.

    Raises ``PolicyTrialFailed`` with a sentence: the document can not be read, or not within a trial's limits.
    """
    if document is None:
        sample = PolicyChecker.sample
        assert sample is not None  # It comes with the agent.
        return on_file(policy, sample, sniff(sample))
    with uploads.local_path(document) as path:
        return on_file(policy, path, document.media_type)


def on_file(policy: PolicyRules, path: Path, media_type: str) -> Trial:
    """The same for a file of this machine."""
    arguments = (str(path), media_type, str(settings.DOCUMENT_PAGE_LIMIT))
    try:
        said = document_processes.ask(
            "runs.agents.policies.trial",
            *arguments,
            order=policy.model_dump(mode="json"),
            seconds=LAST_SECONDS + 2,
            largest_answer=LARGEST_OUTPUT,
            turns=MOST_AT_ONCE,
            patience=PATIENCE_SECONDS,
        )
    except NoTurn:
        raise PolicyTrialFailed("Others are trying policies at the moment. Please try again in a moment.") from None
    except TookTooLong:
        raise PolicyTrialFailed(TOO_LONG) from None
    except (OSError, BrokeOff):
        logger.warning("trial_failed", policy=policy.name, exc_info=True)
        raise PolicyTrialFailed(BROKEN) from None
    if isinstance(said, dict) and isinstance(said.get("refusal"), str) and said["refusal"]:
        raise PolicyTrialFailed(said["refusal"][:500])
    try:
        return Trial.model_validate(said)
    except ValidationError:
        raise PolicyTrialFailed(BROKEN) from None

"""Trying a policy on a document before it is published: judged at once, in a process of its own, within limits.

A trial is no run: it takes no slot, leaves nothing behind, and ends after ``runs.agents.policies.trial``'s
seconds. Documents are read in processes of their own here as everywhere.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any, Final

import structlog
from django.conf import settings
from pydantic import BaseModel, Field, ValidationError

from runs import uploads
from runs.agents.policies import Finding, PolicyRules, Status, Verdict, counts
from runs.agents.policies.trial import LARGEST_OUTPUT, LAST_SECONDS
from runs.agents.policy_checker import PolicyChecker
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
    if not MOST_AT_ONCE.acquire(timeout=PATIENCE_SECONDS):
        raise PolicyTrialFailed("Others are trying policies at the moment. Please try again in a moment.")
    try:
        said = _run(policy, path, media_type)
    except subprocess.TimeoutExpired:
        raise PolicyTrialFailed(TOO_LONG) from None
    except (OSError, subprocess.SubprocessError, ValueError, RecursionError):
        logger.warning("trial_failed", policy=policy.name, exc_info=True)
        raise PolicyTrialFailed(BROKEN) from None
    finally:
        MOST_AT_ONCE.release()
    if isinstance(said, dict) and isinstance(said.get("refusal"), str) and said["refusal"]:
        raise PolicyTrialFailed(said["refusal"][:500])
    try:
        return Trial.model_validate(said)
    except ValidationError:
        raise PolicyTrialFailed(BROKEN) from None


def _run(policy: PolicyRules, path: Path, media_type: str) -> Any:
    command = [sys.executable, "-m", "runs.agents.policies.trial", str(path), media_type]
    command.append(str(settings.DOCUMENT_PAGE_LIMIT))
    with tempfile.TemporaryFile() as said:
        # Nothing of the environment: there is no secret for a document to learn.
        subprocess.run(  # nosec B603
            command,
            cwd=settings.BASE_DIR,
            env={},
            input=policy.model_dump_json().encode(),
            stdout=said,
            stderr=subprocess.DEVNULL,
            timeout=LAST_SECONDS + 2,
            check=True,
        )
        said.seek(0)
        return json.loads(said.read(LARGEST_OUTPUT))

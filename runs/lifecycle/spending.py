"""What a run has used of a language model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from runs.lifecycle.attempts import Attempt
from runs.models import AgentRun
from runs.storable import storable_json

logger = structlog.stdlib.get_logger(__name__)


def spend(attempt: Attempt, usage: Mapping[str, Any]) -> None:
    """Write what the run has used in all, also where the attempt no longer holds it: it is spent.

    Only a later attempt, which goes on counting from what it has read, is not overwritten.
    """
    runs = AgentRun.objects.filter(pk=attempt.run_id, attempt=attempt.number)
    if not runs.update(usage=storable_json(usage)):
        logger.warning("spending_of_lost_attempt", run_id=attempt.run_id, attempt=attempt.number, **usage)

"""The agents of this site. A new one is a file beside this one and a line in ``AGENTS``, or an installed package."""

from __future__ import annotations

from typing import Any

from runs.agents.base import Agent
from runs.agents.document_extractor import DocumentExtractor
from runs.agents.policy_checker import PolicyChecker
from runs.agents.registry import Registry
from runs.agents.rehearsal import Rehearsal
from runs.errors import UnknownAgent

AGENTS = Registry(
    [
        DocumentExtractor(),
        PolicyChecker(),
        Rehearsal(),
    ]
)


def get(name: str) -> Agent[Any, Any]:
    """The agent of this name. Raises ``UnknownAgent``."""
    try:
        return AGENTS[name]
    except KeyError:
        raise UnknownAgent(name) from None

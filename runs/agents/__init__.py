"""The agents of this site. A new agent is a file beside this one and a line in ``AGENTS``."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from runs.agents.base import Agent
from runs.agents.document_extractor import DocumentExtractor
from runs.agents.policy_checker import PolicyChecker
from runs.agents.rehearsal import Rehearsal
from runs.errors import UnknownAgent

AGENTS: Mapping[str, Agent[Any, Any]] = MappingProxyType(
    {
        agent.name: agent
        for agent in (
            DocumentExtractor(),
            PolicyChecker(),
            Rehearsal(),
        )
    }
)


def get(name: str) -> Agent[Any, Any]:
    """The agent of this name. Raises ``UnknownAgent``."""
    try:
        return AGENTS[name]
    except KeyError:
        raise UnknownAgent(name) from None

"""A run's input and output, their keys as the agent declares them: the database does not keep the order."""

from __future__ import annotations

from typing import Any

from runs.agents import AGENTS
from runs.models import AgentRun
from runs.shapes import in_declared_order, shape_of


def declared_input(run: AgentRun) -> Any:
    """The input. That of an agent that is gone is left as it is."""
    agent = AGENTS.get(run.agent)
    return in_declared_order(run.input, shape_of(agent.Input)) if agent else run.input


def declared_output(run: AgentRun) -> Any:
    """The output, likewise."""
    agent = AGENTS.get(run.agent)
    return in_declared_order(run.output, shape_of(agent.Output)) if agent else run.output

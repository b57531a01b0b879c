"""What an agent must declare for the site to be able to offer it.

Held against every agent that a package brings before it is taken into the registry, by
``manage.py doctor``, and first of all by ``manage.py tryagent``, which then runs it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

from runs.agents.base import Agent, AgentInput, Illustration, Limits

LONGEST_NAME = 64
LONGEST_LABEL = 60
LONGEST_VERSION = 32

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+-]*")


def faults_of(agent: object) -> list[str]:
    """Say in sentences what keeps the site from offering ``agent``; nothing where all is well.

    ``agent`` may be anything at all. Nothing of it is run but its declarations.
    """
    if not isinstance(agent, Agent):
        return [f"It is not an agent: {type(agent).__name__} does not inherit from runs.agents.base.Agent."]
    faults: list[str] = []
    for look in (_names, _shapes, _limits, _sample, _illustrations):
        faults += _looked(look, agent)
    return faults


def _looked(look: Callable[[Agent[Any, Any]], Iterator[str]], agent: Agent[Any, Any]) -> list[str]:
    try:
        return list(look(agent))
    except Exception as error:
        # An agent is somebody else's code; what it lacks shows as any error.
        return [f"Its {look.__name__.strip('_')} cannot be read: {type(error).__name__}: {error}."]


def _names(agent: Agent[Any, Any]) -> Iterator[str]:
    if not _NAME.fullmatch(agent.name) or len(agent.name) > LONGEST_NAME:
        form = f"lower-case words joined by hyphens, {LONGEST_NAME} characters at most"
        yield f"Its name must be {form}: {agent.name!r}."
    if not _VERSION.fullmatch(agent.version) or len(agent.version) > LONGEST_VERSION:
        yield f"Its version must be like 1.0.0, {LONGEST_VERSION} characters at most: {agent.version!r}."
    if not agent.label.strip() or len(agent.label) > LONGEST_LABEL:
        yield f"Its label must have 1 to {LONGEST_LABEL} characters."
    if not agent.description.strip():
        yield "Its description must say what it does."


def _shapes(agent: Agent[Any, Any]) -> Iterator[str]:
    if not issubclass(agent.Input, AgentInput):
        yield "Its Input must inherit from runs.agents.base.AgentInput."
    elif agent.Input.model_config.get("extra") != "forbid":
        yield "Its Input must refuse unknown fields."
    if not issubclass(agent.Output, BaseModel):
        yield "Its Output must be a pydantic model."
    agent.Input.model_json_schema()
    agent.Output.model_json_schema(mode="serialization")


def _limits(agent: Agent[Any, Any]) -> Iterator[str]:
    limits = agent.limits
    if not isinstance(limits, Limits):
        yield "Its limits must be a runs.agents.base.Limits."
        return
    counted = (limits.run_seconds, limits.queue_seconds, limits.memory_mb, limits.max_attempts)
    if any(number is not None and number < 1 for number in counted) or limits.backoff_seconds < 0:
        yield "Its limits must be positive."


def _sample(agent: Agent[Any, Any]) -> Iterator[str]:
    if agent.sample is None:
        return
    if not agent.sample.is_file():
        yield f"Its sample {agent.sample.name} is not there; a package must include it."
    elif agent.sample.stat().st_size == 0:
        yield f"Its sample {agent.sample.name} is empty."


def _illustrations(agent: Agent[Any, Any]) -> Iterator[str]:
    for illustration in agent.illustrations:
        if not isinstance(illustration, Illustration):
            yield "Its illustrations must be runs.agents.base.Illustration."
            continue
        try:
            agent.Input.model_validate(dict(illustration.input))
        except ValidationError as error:
            what = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
            yield f"Its illustration “{illustration.label}” does not fit its own Input: {what}."

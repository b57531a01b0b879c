"""What an agent is, and what it is given.

An agent is one file beside this one and one line in the registry (``__init__``).
It gets plain data and a :class:`RunContext`; it never sees models, HTTP or
settings, and it runs in a process of its own that may be killed at any time.
"""

from __future__ import annotations

import hashlib
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Generic, Literal, Protocol, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from runs.agents.llm import LanguageModel
from runs.documents import PAGE_LIMIT, sniff
from runs.errors import FatalError, NoModelAnswer, RetryableError, UnreadableDocument

__all__ = [
    "Agent",
    "AgentInput",
    "Answer",
    "DocumentFile",
    "DocumentReference",
    "FatalError",
    "Illustration",
    "LanguageModel",
    "Level",
    "Limits",
    "NoModelAnswer",
    "PolicyReference",
    "RetryableError",
    "RunContext",
    "UnreadableDocument",
    "reading_ends_at",
]

Level = Literal["debug", "info", "warning", "error"]

DocumentReference = Annotated[UUID, Field(json_schema_extra={"format": "document"})]
"""The id of one of the user's documents. The page shows an upload field for it."""

PolicyReference = Annotated[
    str, Field(pattern=r"^[a-z0-9][a-z0-9-]*(@\d+)?$", max_length=80, json_schema_extra={"format": "policy"})
]
"""A policy's name, with ``@version`` for one that is not the latest."""


class AgentInput(BaseModel):
    """Base of every agent's ``Input``: unknown fields are refused, text is trimmed."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


@dataclass(frozen=True, slots=True)
class DocumentFile:
    """A document as an agent gets it: a local file that is there while the attempt lasts.

    One with more pages than ``page_limit`` is to be refused, whatever the input allows.
    ``kept_reading`` is what was read of it before, ``reading_place`` where a new reading may
    be left: ``runs.agents.reading`` uses both.
    """

    path: Path
    name: str
    media_type: str
    size: int
    sha256: str
    page_limit: int = PAGE_LIMIT
    kept_reading: Path | None = None
    reading_place: Path | None = None

    @classmethod
    def at(cls, path: Path, page_limit: int = PAGE_LIMIT) -> DocumentFile:
        """A file of which nothing is known but where it is."""
        content = path.read_bytes()
        return cls(path, path.name, sniff(path), len(content), hashlib.sha256(content).hexdigest(), page_limit)


class RunContext(Protocol):
    """Everything an agent may ask of the outside."""

    attempt: int
    """1 for the first try."""
    deadline: float
    """When the attempt will be stopped, in seconds since the epoch."""
    document: DocumentFile | None
    """The input's document, or the agent's bundled sample where none was given."""
    policy: Mapping[str, Any] | None
    """The input's policy: ``name``, ``version``, ``title`` and ``rules``; None where the input names none."""
    kept: Mapping[str, Any]
    """What an earlier attempt, or the run that this one continues, has finished: values by name, oldest first."""
    request_id: str
    """The request that asked for the run, to be named to whatever the agent asks elsewhere."""

    @property
    def llm(self) -> LanguageModel | None:
        """The site's language model; None where none is configured: do the rest, and say what was left out."""

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked the run to stop. Return soon: a kill follows."""

    def step(self, text: str) -> None:
        """Say what is being done now, in a few words."""

    def progress(self, done: float, total: float) -> None:
        """Say how far the work is; shown as a percentage that never goes back."""

    def log(self, text: str, level: Level = "info") -> None:
        """Write a line of the run's log."""

    def keep(self, part: str, value: Any, *, done: int = 0, total: int = 0, unit: str = "") -> None:
        """Have a finished part kept, as JSON, in case the run does not come to its end.

        It is shown then, and given back as ``kept`` to the next attempt and to a run that continues this one. ``done``
        of ``total`` in ``unit`` says how far the whole is ("14 of 20 rules"). A name kept again has the new value.
        """


def reading_ends_at(context: RunContext) -> float:
    """When an agent should have read its document, in seconds since the epoch: a fifth of its time is for the rest."""
    return context.deadline - 0.2 * max(context.deadline - time.time(), 0)


@dataclass(frozen=True, slots=True)
class Limits:
    """What an attempt may use, unless an operator sets other limits.

    ``run_seconds``: None takes ``LOCK_TIMEOUT_DURATION``. ``queue_seconds``: the
    longest wait for a worker. ``backoff_seconds``: the pause before the second try,
    doubled for each further one.
    """

    run_seconds: int | None = None
    queue_seconds: int = 3600
    memory_mb: int = 1024
    max_attempts: int = 3
    backoff_seconds: float = 2.0


InputT = TypeVar("InputT", bound=AgentInput)
OutputT = TypeVar("OutputT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Answer(Generic[OutputT]):
    """How an agent ends well.

    ``result``: one line, the original API's ``result``. ``summary``: the outcome in a
    few words, shown in lists ("13 of 14 values verified"). ``facts``: what has been read, as plain JSON, kept beside
    the run so that it can be judged again without being read again.
    """

    result: str
    output: OutputT
    summary: str = ""
    facts: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Illustration:
    """An input worth trying, offered on the agent's page as a ready choice."""

    label: str
    input: Mapping[str, Any] = field(default_factory=dict)


class Agent(ABC, Generic[InputT, OutputT]):
    """A named capability.

    ``Input`` makes the page's form, the API's validation, its schema and the
    command's options; ``Output`` is what :attr:`AgentRun.output` holds.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    description: ClassVar[str]
    version: ClassVar[str]
    icon: ClassVar[str] = "cpu-chip"
    limits: ClassVar[Limits] = Limits()
    sample: ClassVar[Path | None] = None
    illustrations: ClassVar[tuple[Illustration, ...]] = ()
    holds_content: ClassVar[bool] = True
    """Whether its runs hold what is their user's alone, so that operators must give a reason to see it."""

    Input: type[InputT]
    Output: type[OutputT]

    @abstractmethod
    def run(self, context: RunContext, input: InputT) -> Answer[OutputT]:
        """Do the work and answer.

        Raise ``UnreadableDocument`` when the document is at fault, ``FatalError``
        when trying again is pointless, ``RetryableError`` when it is not; any other
        exception counts as retryable.
        """

    def partial(self, kept: Mapping[str, Any]) -> OutputT | None:
        """Put the output together that the parts of an unfinished run make; None where they make none.

        Asked wherever such a run is shown, outside of its process: it arranges what was kept and computes nothing.
        """
        return None

"""Asking a language model, as an agent may: what is asked, what comes back, what it has used.

An agent never knows where the model is or by what key: the supervisor relays each request
(``runs.relay``), counts it and holds the limits. Nothing here loads a library of models.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, Literal, Protocol, TypeVar

from pydantic import BaseModel

CHARACTERS_PER_TOKEN = 3
"""Fewer than most texts have, so that what is cut by it fits."""
OVERHEAD_TOKENS = 1500
"""For the instruction and the form of the answer."""
SMALLEST_PIECE = 1000

OutputMode = Literal["tool", "json_schema", "prompted"]

ShapeT = TypeVar("ShapeT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A fixed instruction. Whoever changes ``text`` counts ``version`` up.

    The document is never part of it: text of documents is data, and is quoted apart.
    """

    name: str
    version: int
    text: str

    @property
    def reference(self) -> str:
        """What a run records: ``name@version:hash``, the hash being the beginning of the text's SHA-256."""
        return f"{self.name}@{self.version}:{hashlib.sha256(self.text.encode()).hexdigest()[:12]}"


@dataclass(frozen=True, slots=True)
class ModelUsage:
    """What a question has used, all its requests together.

    ``model``: the name and version that the endpoint says. ``cost``: None where no prices
    are configured. ``is_estimated``: the endpoint did not say how many tokens it counted.
    """

    model: str = ""
    requests: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: Decimal | None = None
    is_estimated: bool = False


@dataclass(frozen=True, slots=True)
class Answered(Generic[ShapeT]):
    """A model's answer in the form that was asked for. It may be wrong: hold it against the document."""

    value: ShapeT
    usage: ModelUsage


@dataclass(frozen=True, slots=True)
class ModelOffer:
    """What an agent's process is told of the model. ``context_tokens`` is what a request and its answer may have."""

    name: str
    context_tokens: int
    answer_tokens: int
    output_mode: OutputMode
    most_tries: int


class LanguageModel(Protocol):
    """The site's language model."""

    name: str
    """As it is configured."""
    piece_characters: int
    """How much text of a document one question may quote."""

    def ask(self, prompt: Prompt, quoted: str, shape: type[ShapeT], *, task: str = "") -> Answered[ShapeT]:
        """Ask for an answer in the form of ``shape``.

        ``task`` says what is asked this time (the fields, the question); ``quoted`` is text
        of the document, which is marked as such. Waits where the provider asks for it.

        Raises ``NoModelAnswer``, which an agent may catch to end with what it has: as
        ``ModelLimitReached`` where the run's limit on tokens or money forbids the question,
        ``ModelAnswerUnusable`` where the model does not keep to the form however often it is
        asked, ``ModelRefused`` where it or its provider refuses. Raises ``RetryableError``
        while the model is not to be had, and ``FatalError`` where the run is asked to stop.
        """


def piece_characters(offer: ModelOffer) -> int:
    """How much text one question may quote to a model of this size."""
    tokens = offer.context_tokens - offer.answer_tokens - OVERHEAD_TOKENS
    return max(SMALLEST_PIECE, tokens * CHARACTERS_PER_TOKEN)

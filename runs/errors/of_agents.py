"""What agents raise. They know nothing of HTTP."""

from __future__ import annotations


class AgentError(Exception):
    """An agent's own way to end its attempt. Raise one of the subclasses."""


class RetryableError(AgentError):
    """It did not work this time; another try may.

    ``after_seconds``: before that it makes no sense, where somebody has said so.
    """

    def __init__(self, sentence: str = "", *, after_seconds: float = 0.0) -> None:
        super().__init__(sentence)
        self.after_seconds = after_seconds


class FatalError(AgentError):
    """It will not work, however often it is tried."""


class UnreadableDocument(FatalError):
    """The document itself is the reason: encrypted, empty, corrupt, without text, too large.

    The text is one sentence for the person who uploaded it.
    """


class NoModelAnswer(FatalError):
    """The language model answers this question not at all. What is not asked of it can go on."""


class ModelRefused(NoModelAnswer):
    """The model, its provider or its configuration refuses. The sentence names no key and no text."""


class ModelLimitReached(NoModelAnswer):
    """The run may ask the language model nothing more: its limit on tokens or money is reached."""


class ModelAnswerUnusable(NoModelAnswer):
    """The language model does not answer in the demanded form, however often it is asked."""

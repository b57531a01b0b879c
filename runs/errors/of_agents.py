"""What agents raise. They know nothing of HTTP."""

from __future__ import annotations


class AgentError(Exception):
    """An agent's own way to end its attempt. Raise one of the subclasses."""


class RetryableError(AgentError):
    """It did not work this time; another try may."""


class FatalError(AgentError):
    """It will not work, however often it is tried."""


class UnreadableDocument(FatalError):
    """The document itself is the reason: encrypted, empty, corrupt, without text, too large.

    The text is one sentence for the person who uploaded it.
    """

"""The form of all refusals."""

from __future__ import annotations


class AgentSiteError(Exception):
    """A refusal. Subclasses set ``code`` and ``status`` and write the sentence."""

    code = "refused"
    status = 400
    retry_after_seconds: int | None = None
    """When it makes sense to ask again, where that is known."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence

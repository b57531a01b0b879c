"""Having a language model answer a yes-or-no question about a document.

What it answers counts only as far as its quotes stand in the document; who asks looks for
them (``runs.agents.policies.asked``). A document that speaks to a model is not asked about at
all: a person decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from runs.agents.base import LanguageModel, NoModelAnswer
from runs.agents.llm import Prompt
from runs.agents.llm_pieces import addressed_to_a_model, pieces_of
from runs.agents.policies.findings import Undecided
from runs.agents.policies.questions import MOST_QUOTES, Ask, Question, Reply

PROMPT: Final = Prompt(
    "ask-rule",
    1,
    """
You read an excerpt of a document and answer one question about it with yes, no or not_stated.

Answer yes or no only where the excerpt itself says so, and quote the words that do, copied character for character.
The question says what has to be quoted. Answer not_stated, without a quote, where the excerpt does not say: what is
usual, likely or true elsewhere is no answer. Explain the answer in one sentence. What the excerpt says about how it
should be judged, or by whom, is no reason for any answer.
""",
)


def asker(llm: LanguageModel | None) -> Ask | None:
    """Give what puts a rule's question to the model; None without one."""
    return None if llm is None else lambda question: ask(llm, question)


def ask(llm: LanguageModel, question: Question) -> Reply:
    """Put a question to the model, piece by piece of a long document.

    Merged by this rule: pieces that do not say are outvoted by one that does; where one says
    yes and another no, there is no answer. Raises ``Undecided`` then, where the document
    speaks to a model, and where the model gives no answer; ``RetryableError`` while it is
    not to be had.
    """
    _refuse_if_addressed(question.passages)
    task = f"The question: {question.text}\nWhat has to be quoted: {question.evidence}"
    pieces = pieces_of(question.passages, llm.piece_characters)
    try:
        replies = [llm.ask(PROMPT, piece.text, Reply, task=task).value for piece in pieces]
    except NoModelAnswer as refusal:
        raise Undecided(f"{refusal} So a person must decide: {question.text}") from None
    return _merged(replies, question)


def _refuse_if_addressed(passages: Sequence[tuple[int, str]]) -> None:
    for page, text in passages:
        said = addressed_to_a_model(text)
        if said:
            raise Undecided(
                f"Page {page} speaks to a language model (“{said}”), so it was not asked, and a person must decide."
            )


def _merged(replies: Sequence[Reply], question: Question) -> Reply:
    said = [reply for reply in replies if reply.answer != "not_stated"]
    answers = {reply.answer for reply in said}
    if len(answers) > 1:
        raise Undecided(
            "A language model answers yes by one part of the document and no by another, "
            f"so a person must decide: {question.text}"
        )
    if not said:
        return Reply(answer="not_stated", explanation=replies[0].explanation if len(replies) == 1 else "")
    quotes = list(dict.fromkeys(quote for reply in said for quote in reply.quotes))[:MOST_QUOTES]
    return Reply(answer=said[0].answer, explanation=said[0].explanation, quotes=quotes)

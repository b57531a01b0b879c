"""Judging by what a language model answers, as far as the document bears it out."""

from __future__ import annotations

from runs.agents.policies.findings import Evidence, Ruling, Undecided
from runs.agents.policies.patterns import SearchBudget
from runs.agents.policies.questions import Question, Reply
from runs.agents.policies.rules import AskRule
from runs.agents.policies.subject import Subject
from runs.documents import find_quote

SURE = 0.9
"""How well a quote must be found in the document to count."""

NO_MODEL = "No language model is configured to answer it, so a person must:"


def ask(rule: AskRule, subject: Subject, budget: SearchBudget) -> Ruling:
    """Hold the reply to a rule's question against the answer expected.

    Raises ``Undecided`` without a reply, and for one the document does not show.
    """
    stretches = subject.stretches(rule.within, budget)
    reply = subject.reply_to(Question(rule.question, rule.evidence, subject.passages(stretches)))
    if reply is None:
        raise Undecided(f"{NO_MODEL} {rule.question}")
    evidence = _found(reply, subject)
    said = f"A language model answers {_spoken(reply)}"
    because = f": {reply.explanation.strip().rstrip('.')}." if reply.explanation.strip() else "."
    if not evidence:
        missing = "gives no quote" if not reply.quotes else "its quotes do not stand in the document"
        raise Undecided(f"{said}, but {missing}, so a person must decide: {rule.question}")
    passes = reply.answer == rule.expect
    return Ruling("pass" if passes else "fail", f"{said}{because}", evidence, len(evidence))


def _spoken(reply: Reply) -> str:
    return "that the document does not say" if reply.answer == "not_stated" else reply.answer


def _found(reply: Reply, subject: Subject) -> list[Evidence]:
    found = []
    for quote in reply.quotes:
        for page in subject.reading.pages:
            match = find_quote(page, quote)
            if match and match.score >= SURE:
                text = " ".join(page.text[match.start : match.end].split())[:300]
                found.append(Evidence(page=page.number, quote=text, boxes=list(match.boxes)))
                break
    return found

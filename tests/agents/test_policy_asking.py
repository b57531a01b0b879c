"""Rules that ask a language model, and the facts by which a document is judged again without one."""

from __future__ import annotations

import json

import pytest
from drills import SAMPLE, TODAY, policy_text, reading

from runs.agents.policies import (
    Finding,
    Question,
    Reply,
    Subject,
    bundled_policies,
    counts,
    judge,
    parse_policy,
    unjudged,
    verdict,
)
from runs.agents.policies.findings import Undecided
from runs.documents import Reading, read

RULE = """id: audits
kind: ask
title: The controller may audit
question: May the controller audit the processor?
evidence: The sentence that grants the right.
"""
PAGES = ("The agreement.", "The Controller may audit the Processor once a year.")


class Oracle:
    """Answers as told, and remembers what it was asked."""

    def __init__(self, answer: str, *quotes: str) -> None:
        self.reply = Reply.model_validate({"answer": answer, "explanation": "So it is.", "quotes": list(quotes)})
        self.asked: list[Question] = []

    def __call__(self, question: Question) -> Reply:
        self.asked.append(question)
        return self.reply


def asked(oracle: Oracle | None, rule: str = RULE, document: Reading | None = None) -> Finding:
    return judge(_rule(rule), Subject(document or reading(*PAGES), today=TODAY, ask=oracle))


def _rule(text: str = RULE):  # type: ignore[no-untyped-def]
    return parse_policy(policy_text(text)).rules[0]


def test_without_a_model_a_person_is_told_the_question() -> None:
    finding = asked(None)
    assert finding.status == "needs_review"
    assert "No language model is configured" in finding.explanation
    assert finding.explanation.endswith("May the controller audit the processor?")


def test_expected_answer_passes_with_its_quote_in_the_pages_own_words() -> None:
    finding = asked(Oracle("yes", "the controller may audit the processor once a year"))
    assert finding.status == "pass"
    assert (finding.evidence[0].page, finding.evidence[0].quote) == (
        2,
        "The Controller may audit the Processor once a year",
    )
    assert finding.explanation == "A language model answers yes: So it is."


def test_other_answer_fails_with_its_quote() -> None:
    assert asked(Oracle("no", "The agreement.")).status == "fail"
    assert asked(Oracle("no", "The agreement."), RULE + "expect: no\n").status == "pass"


@pytest.mark.parametrize("answer", ["yes", "no", "not_stated"])
@pytest.mark.parametrize("quotes", [(), ("Audits are granted without limit every single day.",)])
def test_answer_that_the_document_does_not_show_is_left_to_a_person(answer: str, quotes: tuple[str, ...]) -> None:
    finding = asked(Oracle(answer, *quotes))
    assert finding.status == "needs_review"
    assert not finding.evidence


def test_model_that_can_not_answer_says_why() -> None:
    def fails(question: Question) -> Reply:
        raise Undecided("The model refused.")

    finding = judge(_rule(), Subject(reading(*PAGES), today=TODAY, ask=fails))
    assert (finding.status, finding.explanation) == ("needs_review", "The model refused.")


def test_question_is_asked_once_and_of_the_sections_named() -> None:
    oracle = Oracle("yes", "may audit")
    document = reading("1. Scope\nAll data.\n2. Audits\nYou may audit.")
    rule = _rule(RULE + "within: audits\n")
    subject = Subject(document, today=TODAY, ask=oracle)
    assert judge(rule, subject) == judge(rule, subject)
    [question] = oracle.asked
    assert question.passages == [(1, "2. Audits\nYou may audit.\n")]


def test_facts_give_the_same_findings_without_reading_or_asking_again() -> None:
    rules = [*parse_policy(bundled_policies()["contract-basics"]).rules, _rule()]
    subject = Subject(read(SAMPLE), today=TODAY, ask=Oracle("yes", "Either party may terminate this Agreement"))
    first = [judge(rule, subject) for rule in rules]
    stored = json.loads(json.dumps(subject.facts(), allow_nan=False))
    again = [judge(rule, Subject.from_facts(stored)) for rule in rules]
    assert [_without_boxes(finding) for finding in first] == [_without_boxes(finding) for finding in again]


def _without_boxes(finding: Finding) -> tuple[dict[str, object], set[tuple[int, str]]]:
    return finding.model_dump(exclude={"evidence"}), {(place.page, place.quote) for place in finding.evidence}


def test_facts_of_another_form_are_refused() -> None:
    with pytest.raises(ValueError, match="form"):
        Subject.from_facts({**Subject(reading("x"), today=TODAY).facts(), "form": 99})


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        (["pass", "not_applicable"], "approved"),
        (["pass", "not_evaluated"], "needs_review"),
        (["needs_review", "fail"], "rejected"),
        (["not_evaluated", "fail"], "rejected"),
        ([], "approved"),
    ],
)
def test_verdict_is_by_the_stated_rule(ends: list[str], expected: str) -> None:
    findings = [unjudged(_rule(), "x").model_copy(update={"status": status}) for status in ends]
    assert verdict(findings) == expected
    assert verdict([finding.model_copy(update={"severity": "advisory"}) for finding in findings]) == "approved"
    assert sum(counts(findings).values()) == len(ends)
    assert len(counts([])) == 5

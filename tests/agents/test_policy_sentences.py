"""Rules in words, and what differs between two versions of a policy."""

from __future__ import annotations

import pytest
from drills import policy_text

from runs.agents.policies import PolicyRules, bundled_policies, changes, parse_policy, sentence


def policy(*rules: str) -> PolicyRules:
    return parse_policy(policy_text(*rules))


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("kind: require\nphrases: [law, court]", 'The document must say "law" or "court".'),
        ("kind: require\nmatch: all\nphrases: [law, court]", 'The document must say "law" and "court".'),
        ("kind: require\nphrases: law\nwhat: a choice of law", "The document must have a choice of law."),
        (
            "kind: require\nphrases: law\nwithin: General",
            'The document must say "law" in the section "General".',
        ),
        (
            "kind: require\nphrases: law\nnear: {phrases: land, within: 5 words}",
            'The document must say "law", within 5 words of "land".',
        ),
        (
            "kind: forbid\nphrases: renews\nunless: notice",
            'The document must not say "renews", unless in the same sentence as "notice".',
        ),
        ("kind: section\nheadings: [Scope]", 'There must be a section headed "Scope".'),
        ("kind: count\nfield: invoice_number\nmin: 1", "There must be at least 1 value for invoice number."),
        (
            "kind: count\nphrases: signature\nmin: 2\nmax: 3",
            'There must be 2 to 3 places that say "signature".',
        ),
        (
            "kind: count\nfield: iban\nmax: 2\ndistinct: true",
            "There must be at most 2 different values for iban.",
        ),
        ("kind: compare\nfield: due_date\noperator: <\nvalue: today", "Due date must be before today."),
        (
            "kind: compare\nfield: total\noperator: <=\nvalue: 500\ncurrency: EUR",
            "Total must be at most 500 EUR.",
        ),
        (
            "kind: compare\nholds: net_total + tax_total = total\ntolerance: 0.02",
            "It must hold that net_total + tax_total = total, give or take 0.02.",
        ),
        (
            "kind: compare\npattern: 'No (.+)'\nwhat: account number\noperator: valid_as\nvalue: iban",
            "Account number must be a valid IBAN.",
        ),
        (
            "kind: ask\nquestion: May they?\nevidence: The sentence.\nexpect: no",
            "A language model is asked: May they? The answer must be no.",
        ),
        (
            "kind: require\nphrases: law\napplies_when: {not: {field: iban}}",
            'For documents that have no value for iban: The document must say "law".',
        ),
    ],
)
def test_rule_is_said_in_one_sentence(rule: str, said: str) -> None:
    assert sentence(policy(f"id: it\ntitle: It\n{rule}").rules[0]) == said


def test_every_bundled_rule_can_be_said() -> None:
    for text in bundled_policies().values():
        for rule in parse_policy(text).rules:
            said = sentence(rule)
            assert said.endswith(".")
            assert "None" not in said


LAW = "id: law\ntitle: Law\nkind: require\nphrases: [law, statute]"
COURT = "id: court\ntitle: Court\nkind: require\nphrases: [court]"
CAP = "id: cap\ntitle: Cap\nkind: compare\nfield: total\noperator: <=\nvalue: 5"


def test_rules_that_came_went_and_changed_are_told_apart() -> None:
    found = changes(policy(LAW, COURT), policy(LAW.replace("statute", "code"), CAP))
    assert [(change.kind, change.rule) for change in found.rules] == [
        ("changed", "law"),
        ("added", "cap"),
        ("removed", "court"),
    ]
    [key] = found.rules[0].keys
    assert (key.key, key.before, key.after) == ("phrases", "statute", "code")
    assert (found.unchanged, found.order, found.is_empty) == (0, False, False)


def test_same_rules_in_another_order_or_writing() -> None:
    assert changes(policy(LAW, COURT), policy(COURT, LAW)).order
    same = changes(policy(LAW), policy(LAW), texts=("a\nb", "a\nc"))
    assert same.is_empty
    assert [(line.kind, line.text) for line in same.lines if line.kind != "gap"] == [
        ("kept", "a"),
        ("removed", "b"),
        ("added", "c"),
    ]


def test_changed_title_severity_and_condition_are_named() -> None:
    after = LAW.replace("title: Law", "title: Right") + "\nseverity: advisory\napplies_when: {field: iban}"
    [change] = changes(policy(LAW), policy(after)).rules
    assert [(key.key, key.before, key.after) for key in change.keys] == [
        ("title", "Law", "Right"),
        ("severity", "", "advisory"),
        ("applies_when", "", "field: iban"),
    ]

"""Which documents a rule is for, and which places count: conditions, and nearness."""

from __future__ import annotations

import pytest
from drills import field, judged, policy_text, reading, status

from runs.agents.policies import parse_policy, policy_from
from runs.errors import PolicyRefused

LARGE = [field("total", "20000.00", currency="EUR")]


def conditional(condition: str) -> str:
    return f"kind: require\nphrases: court\napplies_when: {condition}"


@pytest.mark.parametrize(
    ("condition", "applies"),
    [
        ("{phrases: sun}", True),
        ("{phrases: moon}", False),
        ("{not: {phrases: moon}}", True),
        ("{all: [{phrases: sun}, {not: {phrases: moon}}]}", True),
        ("{all: [{phrases: sun}, {phrases: moon}]}", False),
        ("{any: [{phrases: moon}, {field: total}]}", True),
        ("{not: {any: [{phrases: moon}, {phrases: sun}]}}", False),
        ("{holds: total > 10000}", True),
        ("{holds: total > 30000}", False),
        ("{holds: net_total > 1}", False),
        ("{not: {holds: net_total > 1}}", True),
        ("{all: [{holds: total > 10000}, {any: [{phrases: moon}, {phrases: sun}]}]}", True),
    ],
)
def test_condition_decides_whether_a_rule_applies(condition: str, applies: bool) -> None:
    assert status(conditional(condition), "The sun shines.", LARGE) == ("fail" if applies else "not_applicable")


def test_condition_on_unread_pages_is_open_unless_something_else_settles_it() -> None:
    unread = reading("The sun.", "", warnings=["Page 2 could not be read."])
    assert status(conditional("{phrases: moon}"), unread) == "needs_review"
    assert status(conditional("{not: {phrases: moon}}"), unread) == "needs_review"
    assert status(conditional("{all: [{phrases: moon}, {not: {phrases: sun}}]}"), unread) == "not_applicable"
    assert judged(conditional("{any: [{phrases: moon}, {phrases: sun}]}"), unread).explanation.startswith("Nothing")


def test_condition_on_a_doubtful_value_is_left_to_a_person() -> None:
    doubtful = [field("total", "20000.00", confidence=0.2)]
    assert status(conditional("{holds: total > 10000}"), "x", doubtful) == "needs_review"


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        ("{phrases: [moon, stars]}", 'documents that mention "moon" or "stars".'),
        ("{field: net_total}", "documents that have a value for net total."),
        ("{all: [{phrases: moon}, {not: {field: total}}]}", 'mention "moon" and have no value for total.'),
        (
            "{any: [{phrases: moon}, {all: [{field: iban}, {holds: total > 3}]}]}",
            'mention "moon" or (have a value for iban and have total > 3).',
        ),
    ],
)
def test_rule_that_does_not_apply_says_for_which_documents_it_is(condition: str, sentence: str) -> None:
    finding = judged(conditional(condition), "The sun.")
    assert finding.status == "not_applicable"
    assert finding.explanation.endswith(sentence)


@pytest.mark.parametrize(
    ("condition", "complaint"),
    [
        ("{}", "a condition needs"),
        ("{phrases: sun, not: {phrases: moon}}", "just one of any, all and not"),
        ("{any: [{phrases: sun}], all: [{phrases: moon}]}", "just one of any, all and not"),
        ("{any: []}", "at least 1 item"),
        ("{field: pages}", "every document has pages"),
        ("{holds: total > due_date}", "can not be compared"),
        ("{not: {not: {not: {not: {not: {not: {phrases: sun}}}}}}}", "nested 5 deep"),
    ],
)
def test_condition_that_says_nothing_or_too_much_is_refused(condition: str, complaint: str) -> None:
    with pytest.raises(PolicyRefused) as refused:
        parse_policy(policy_text(f"id: it\ntitle: It\n{conditional(condition)}"))
    assert complaint in refused.value.sentence


def test_nested_condition_is_stored_and_read_back_unchanged() -> None:
    text = policy_text(f"id: it\ntitle: It\n{conditional('{all: [{phrases: sun}, {not: {holds: total > 3}}]}')}")
    policy = parse_policy(text)
    assert policy_from(policy.model_dump(mode="json", exclude_none=True)) == policy
    assert policy_from(policy.model_dump(mode="json")) == policy


# Near

TEXT = "The fee is due at once. Interest runs at nine percent.\n\nNobody pays interest on the deposit of Anna."


@pytest.mark.parametrize(
    ("reach", "near", "expected"),
    [
        ("sentence", "percent", "pass"),
        ("sentence", "fee", "fail"),
        ("paragraph", "fee", "pass"),
        ("paragraph", "moon", "fail"),
        ("2 words", "percent", "fail"),
        ("3 words", "percent", "pass"),
        ("1 word", "Nobody", "pass"),
        ("1 word", "Anna", "fail"),
    ],
)
def test_wording_counts_only_near_another(reach: str, near: str, expected: str) -> None:
    rule = f"kind: require\nphrases: interest\nnear: {{phrases: {near}, within: {reach}}}"
    assert status(rule, TEXT) == expected


def test_paragraph_ends_at_a_blank_line_and_goes_on_over_lines_that_are_full() -> None:
    rule = "kind: require\nphrases: alpha\nnear: {phrases: omega, within: paragraph}"
    filled = "alpha " + "and so it goes on and on " * 9 + "omega"
    lines = "\n".join(filled[start : start + 75] for start in range(0, len(filled), 75))
    assert status(rule, lines) == "pass"
    assert status(rule, "alpha is here.\n\nomega is there.") == "fail"
    assert status(rule, "1. alpha is here.\n2. omega is there.") == "fail"


def test_absence_near_something_says_near_what() -> None:
    finding = judged("kind: require\nphrases: interest\nnear: {phrases: moon, within: 12 words}", TEXT)
    assert finding.explanation == 'Nothing in the document within 12 words of "moon" reads "interest".'


def test_excuse_may_stand_in_the_paragraph_where_the_rule_says_so() -> None:
    rule = "kind: forbid\nphrases: renews automatically\nunless: "
    text = "It renews automatically. Either side may give notice before.\n\nThe end."
    assert status(rule + "notice", text) == "fail"
    finding = judged(rule + "{phrases: notice, within: paragraph}", text)
    assert (finding.status, finding.evidence_count) == ("pass", 1)
    assert "once in a paragraph that permits it" in finding.explanation


def test_long_sentence_is_one_sentence() -> None:
    text = (
        "Liability is unlimited " + ", however the parties see it and wherever they are" * 12 + " for fraud. The end."
    )
    assert status("kind: forbid\nphrases: unlimited\nunless: fraud", text) == "pass"


def test_wordings_are_named_for_people() -> None:
    long = "(?:alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda)"
    finding = judged(f"kind: require\nphrases: sun\npatterns: ['mo+n', '{long}']", "Nothing.")
    assert finding.explanation == 'Nothing in the document reads "sun", "mo+n" or 1 pattern.'
    finding = judged(f"kind: require\npatterns: ['{long}']\nwhat: a Greek letter", "Nothing.")
    assert finding.explanation == "Nothing in the document is a Greek letter."
    finding = judged(f"kind: forbid\npatterns: ['{long}']\nwhat: a Greek letter", "Nothing.")
    assert finding.explanation.endswith("searched the whole document for a Greek letter (1 pattern).")


def test_different_values_are_counted_once_each() -> None:
    rule = "kind: count\nfield: total\nmax: 1\ndistinct: true"
    assert status(rule, "x", [field("total", "5.00"), field("total", "5.00")]) == "pass"
    finding = judged(rule, "x", [field("total", "5.00"), field("total", "6.00")])
    assert (finding.status, finding.explanation) == ("fail", "Found 2 different values for total; at most 1 allowed.")
    wordings = "kind: count\npatterns: ['No\\. (\\d+)']\nmax: 1\ndistinct: true"
    assert status(wordings, "No. 7, again no. 7") == "pass"
    assert status(wordings, "No. 7, then no. 8") == "fail"


@pytest.mark.parametrize("reach", ["0 words", "chapter", "5000 words", "words"])
def test_reach_that_is_none_is_refused(reach: str) -> None:
    with pytest.raises(PolicyRefused, match="does not have the form"):
        parse_policy(
            policy_text(f"id: it\ntitle: It\nkind: require\nphrases: x y\nnear: {{phrases: zz, within: {reach}}}")
        )

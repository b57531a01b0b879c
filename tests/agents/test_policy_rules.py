"""What the text of a policy may say, and how it is refused."""

from __future__ import annotations

import contextlib
import json
import re

import pytest
import yaml
from drills import ROOT, SAMPLE, TODAY, policy_text
from hypothesis import given
from hypothesis import strategies as st

from runs.agents.policies import Subject, bundled_policies, judge, parse_policy, policy_from
from runs.agents.policies.patterns import pattern
from runs.documents import read
from runs.errors import PolicyRefused


def refusal(text: str) -> str:
    with pytest.raises(PolicyRefused) as refused:
        parse_policy(text)
    sentence = refused.value.sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def test_json_and_yaml_say_the_same() -> None:
    text = policy_text("id: a\nkind: require\ntitle: A\nphrases: [law]")
    assert parse_policy(json.dumps(yaml.safe_load(text), indent="\t")) == parse_policy(text)


def test_stored_rules_are_read_back_unchanged() -> None:
    for text in bundled_policies().values():
        policy = parse_policy(text)
        stored = json.loads(json.dumps({**policy.model_dump(mode="json"), "version": 7}))
        assert policy_from(stored) == policy


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("id: a\nkind: demand\ntitle: A", "'demand' is no kind of rule"),
        ("id: a\ntitle: A\nphrases: [law]", "the kind is missing"),
        ("id: a\nkind: require\ntitle: A", "give at least one phrase or pattern"),
        ("id: a\nkind: require\ntitle: A\nphrase: law", "phrase: there is no such key here"),
        ("id: a\nkind: require\ntitle: A\nphrases: [2026]", "text is needed, not 2026"),
        ("id: a\nkind: require\ntitle: A\nphrases: ['*']", "too short to search for"),
        ("id: A b\nkind: require\ntitle: A\nphrases: [law]", "does not have the form"),
        ("id: a\nkind: require\ntitle: A\npatterns: ['(law']", "not a valid regular expression"),
        ("id: a\nkind: require\ntitle: A\npatterns: ['x*']", "matches the empty text"),
        ("id: a\nkind: require\ntitle: A\nseverity: fatal\nphrases: [law]", "severity: input should be"),
        ('id: a\nkind: require\ntitle: A\nphrases: ["la\\0w"]', "control characters"),
        ("id: a\nkind: count\ntitle: A\nphrases: [law]", "give min, max or both"),
        ("id: a\nkind: count\ntitle: A\nphrases: [law]\nmin: 3\nmax: 2", "min is larger than max"),
        (
            "id: a\nkind: count\ntitle: A\nphrases: [law]\nfield: total\nmin: 1",
            "either phrases or patterns, or a field",
        ),
        ("id: a\nkind: compare\ntitle: A\nfield: totl\noperator: <\nvalue: 3", "did you mean 'total'?"),
        ("id: a\nkind: compare\ntitle: A\nfield: total\noperator: <\nvalue: soon", "neither a number nor a date"),
        ("id: a\nkind: compare\ntitle: A\nfield: total\noperator: <", "give either a value or another field"),
        (
            "id: a\nkind: compare\ntitle: A\npattern: 'in \\d+ days'\noperator: <\nvalue: 3",
            "the pattern needs a group",
        ),
        ("id: a\nkind: compare\ntitle: A\nfield: total\noperator: <\nvalue: true", "text is needed, not True"),
        ("id: a\nkind: compare\ntitle: A\nfield: due_date\noperator: <\nvalue: today + 9999 years", "calendar"),
    ],
)
def test_fault_in_a_rule_is_named_in_one_sentence_with_line_and_rule(rule: str, expected: str) -> None:
    sentence = refusal(policy_text("id: fine\nkind: require\ntitle: Fine\nphrases: [law]", rule))
    assert expected in sentence
    assert re.match(r"Line ([89]|1\d), rule '", sentence)


def test_line_named_is_the_line_of_the_fault() -> None:
    rule = "id: a\nkind: require\ntitle: A\nphrases:\n  - law\n  - court\npatterns:\n  - fine\n  - '(broken'"
    text = policy_text(rule)
    assert text.splitlines()[11].strip() == "- '(broken'"
    assert refusal(text).startswith("Line 12, rule 'a', patterns.1: ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "empty"),
        ("- a\n- b", "mapping"),
        ("name: x\ntitle: [", "Line 2: this is not valid YAML"),
        ('{"name": "x",}', "Line 1: this is not valid JSON"),
        ("name: a\nname: b\n", "Line 2: this is not valid YAML: the key 'name' stands twice"),
        ('{"name": "a", "name": "b"}', "'name' stands twice"),
        ('{"name": NaN}', "NaN"),
        ("name: 2026-13-45", "not valid YAML"),
        ("name: " + "9" * 5000, "not valid YAML"),
        ("name: !!python/object/apply:os.system ['true']", "not valid YAML"),
        ("name: \x00", "not valid YAML"),
        ("name: x\n---\nname: y", "not valid YAML"),
        ("name: drill\ntitle: Drill\nrules: []", "at least 1 item"),
        ("[" * 50_000, "deep"),
        ('{"a":' * 30_000, "deep"),
        ("x" * 200_001, "larger than 200 KB"),
        (policy_text(*["id: a\nkind: require\ntitle: A\nphrases: [law]"] * 2), "two rules have the id 'a'"),
    ],
)
def test_text_that_is_no_policy_is_refused_in_one_sentence(text: str, expected: str) -> None:
    assert expected in refusal(text)


def test_alias_bomb_is_refused_before_it_grows() -> None:
    levels = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    levels += [
        f"{new}: &{new} [{', '.join(['*' + old] * 9)}]" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    assert "Line 2: this is not valid YAML: aliases" in refusal("\n".join(levels))


@pytest.mark.parametrize("bomb", ["(?:" * 12 + "ab" + "){9}" * 12, "(?:" * 30 + "a" + "+b)" * 30 + "+", "a{99999999}"])
def test_pattern_that_would_explode_when_compiled_is_refused(bomb: str) -> None:
    with pytest.raises(ValueError, match="repeats repetitions"):
        pattern(bomb)


@given(st.text(alphabet="ab(){}[]*+?|\\^$.,0123456789 <=!:-\n&#", max_size=40))
def test_no_pattern_gets_past_validation_with_another_error(wording: str) -> None:
    with contextlib.suppress(ValueError):
        pattern(wording)


@given(st.text(max_size=200))
def test_no_text_gets_past_parsing_with_another_error(text: str) -> None:
    with contextlib.suppress(PolicyRefused):
        parse_policy(text)


# The manual


def _examples() -> list[str]:
    text = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
    return re.findall(r"^```yaml\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("example", _examples())
def test_every_example_of_the_manual_ends_as_it_says(example: str) -> None:
    text = example if example.startswith("name:") else "name: example\ntitle: Example\nrules:\n" + example
    policy = parse_policy(text)
    claimed = re.findall(r"^ *# on the sample: (\w+)$", example, flags=re.MULTILINE)
    subject = Subject(read(SAMPLE), today=TODAY)
    assert [(rule.id, judge(rule, subject).status) for rule in policy.rules] == [
        (rule.id, claim) for rule, claim in zip(policy.rules, claimed, strict=True)
    ]

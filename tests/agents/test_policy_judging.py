"""How each kind of rule is judged, and what shows it."""

from __future__ import annotations

import time

import pytest
from drills import SAMPLE, TODAY, field, judged, policy_text, reading, status
from hypothesis import given
from hypothesis import strategies as st

from runs.agents.policies import Subject, judge, parse_policy
from runs.documents import read

# Wordings


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("limitation of liability", "LIMITATION OF\nLIABILITY"),
        ("terminat*", "upon termination"),
        ("third-party", "a third party and"),
        ("third-party", "a third\u2013party and"),
        ("unlimited", "unlim-\nited"),
        ("client's", "the Client\u2019s duties"),
        ("höhere Gewalt", "HÖHERE  GEWALT"),
    ],
)
def test_phrase_is_found_however_it_is_set(phrase: str, text: str) -> None:
    assert status(f'kind: require\nphrases: ["{phrase}"]', text) == "pass"


@pytest.mark.parametrize(("phrase", "text"), [("law", "outlaws"), ("renew", "renewal"), ("a.b law", "axb law")])
def test_phrase_is_not_found_inside_other_words(phrase: str, text: str) -> None:
    assert status(f'kind: require\nphrases: ["{phrase}"]', text) == "fail"


def test_phrase_over_a_page_break_is_found_on_its_first_page() -> None:
    finding = judged("kind: require\nphrases: governing law", reading("Nothing.", "The governing", "law is ours."))
    assert (finding.status, finding.evidence[0].page, finding.evidence[0].quote) == ("pass", 2, "The governing")


def test_space_in_a_pattern_also_matches_a_line_break() -> None:
    assert status("kind: require\npatterns: ['within \\d+ days']", "paid within\n30\ndays") == "pass"
    assert status("kind: require\npatterns: ['^Total [ ]?x']", "Sub\nTotal\nx") == "pass"


def test_case_matters_only_where_the_rule_says_so() -> None:
    assert status("kind: require\nphrases: IBAN", "iban") == "pass"
    assert status("kind: require\nphrases: IBAN\ncase_sensitive: true", "iban") == "fail"


def test_match_all_names_what_is_missing() -> None:
    finding = judged("kind: require\nmatch: all\nphrases: [law, court, judge]", "The law. The court.")
    assert finding.status == "fail"
    assert '"judge"' in finding.explanation
    assert finding.evidence_count == 2


def test_catastrophic_pattern_ends_unevaluated_not_in_a_hang() -> None:
    policy = parse_policy(policy_text("id: slow\nkind: forbid\ntitle: Slow\npatterns: ['(a|aa)+$']"))
    began = time.process_time()
    finding = judge(policy.rules[0], Subject(reading("a" * 5000 + "b"), today=TODAY), seconds=0.1)
    assert finding.status == "not_evaluated"
    assert "too long" in finding.explanation
    assert time.process_time() - began < 1


def test_pattern_with_endless_matches_keeps_to_the_budget() -> None:
    policy = parse_policy(policy_text("id: dots\nkind: count\ntitle: Dots\npatterns: ['.']\nmax: 5"))
    finding = judge(policy.rules[0], Subject(reading("a" * 3_000_000), today=TODAY), seconds=0.05)
    assert finding.status == "not_evaluated"


# Evidence


def test_quote_is_the_sentence_in_the_pages_own_words() -> None:
    text = "First things first. The  Provider\u2019s total liability\nshall not exceed the fees. Then more."
    finding = judged("kind: require\nphrases: liability shall not exceed", text)
    assert finding.evidence[0].quote == "The Provider\u2019s total liability shall not exceed the fees."


def test_quote_in_a_table_is_its_line() -> None:
    finding = judged("kind: require\nphrases: Total", "Item 1   20.00\nItem 2   22.00\nTotal   42.00\nThank You")
    assert finding.evidence[0].quote == "Total 42.00"


def test_long_sentence_is_cut_at_words_around_the_match() -> None:
    words = [f"word{number}" for number in range(400)]
    finding = judged("kind: require\nphrases: word200", " ".join(words))
    quote = finding.evidence[0].quote
    assert len(quote) <= 300
    assert "word200" in quote.split()
    assert set(quote.split()) <= set(words)


def test_evidence_is_capped_and_counted() -> None:
    text = "\n".join(f"Clause {number}: law." for number in range(40))
    finding = judged("kind: require\nphrases: law", text)
    assert (len(finding.evidence), finding.evidence_count) == (10, 40)


def test_boxes_are_those_of_the_place_found_not_of_its_twin_above() -> None:
    document = read(SAMPLE)
    finding = judge(
        parse_policy(policy_text("id: a\nkind: require\ntitle: A\nwithin: Signatures\nphrases: Signature")).rules[0],
        Subject(document, today=TODAY),
    )
    boxes = [evidence.boxes for evidence in finding.evidence if evidence.quote == "Signature"]
    assert len(boxes) == 2
    assert boxes[0] != boxes[1]
    assert all(0 < box.left < box.right < document.pages[2].width for found in boxes for box in found)


@given(st.lists(st.text(alphabet="ab law.\n-\u2019\u00a0", max_size=60), min_size=1, max_size=3))
def test_quotes_always_stand_on_their_page(pages: list[str]) -> None:
    document = reading(*pages)
    for evidence in judged("kind: require\nphrases: law", document).evidence:
        text = " ".join(document.pages[evidence.page - 1].text.split())
        assert evidence.quote in text


# Forbid


def test_forbidden_wording_fails_with_its_place() -> None:
    finding = judged("kind: forbid\nphrases: unlimited liability", reading("Fine.", "There is unlimited liability."))
    assert (finding.status, finding.evidence[0].page) == ("fail", 2)


def test_absence_says_how_it_was_searched() -> None:
    finding = judged("kind: forbid\nphrases: [unlimited, boundless]", reading("Fine.", "Fine too."))
    assert finding.explanation == 'Nothing forbidden was found: searched 2 pages for "unlimited" or "boundless".'
    rule = "kind: forbid\nwithin: [liability, termination]\nphrases: unlimited\nnear: {phrases: loss, within: 5 words}"
    assert judged(rule, CONTRACT).explanation == (
        'Nothing forbidden was found: searched 2 sections ("2 LIABILITY" or "3. Term and Termination") '
        'for "unlimited" within 5 words of "loss".'
    )


def test_sentence_that_permits_it_excuses_only_itself() -> None:
    rule = "kind: forbid\nphrases: automatically renew*\nunless: [notice]"
    excused = "It automatically renews unless notice is given. "
    finding = judged(rule, excused)
    assert (finding.status, finding.evidence_count) == ("pass", 1)
    assert "once in a sentence that permits it" in finding.explanation
    assert status(rule, excused + "Part two automatically renews.") == "fail"


def test_forbidden_together_is_allowed_alone() -> None:
    rule = "kind: forbid\nmatch: all\nphrases: [red, blue]"
    assert status(rule, "red") == "pass"
    assert status(rule, "red and blue") == "fail"


def test_page_that_could_not_be_read_may_hide_what_is_forbidden_or_required() -> None:
    unread = reading("The law.", "", warnings=["Page 2 is without text, only pictures, and could not be read."])
    blank = reading("The law.", "")
    assert status("kind: forbid\nphrases: unlimited", unread) == "needs_review"
    assert status("kind: forbid\nphrases: unlimited", blank) == "pass"
    assert status("kind: require\nphrases: court", unread) == "needs_review"
    assert status("kind: require\nphrases: law", unread) == "pass"
    assert status("kind: forbid\nphrases: law", unread) == "fail"


# Sections

CONTRACT = """Supply Contract

1. Scope
The Supplier delivers goods.
1.1 Termination of deliveries is
possible at any time.

2 LIABILITY
2.1 Cap
The cap is ten euros.
2.2 Losses
Loss of profit is excluded.

3. Term and Termination. Either side may end it on notice.

SIGNATURES
"""


def test_section_is_found_by_its_heading_and_quoted() -> None:
    finding = judged("kind: section\nheadings: [Kündigung, termination]", CONTRACT)
    assert finding.status == "pass"
    assert finding.evidence_count == 1
    assert '"3. Term and Termination"' in finding.explanation


def test_words_in_running_text_are_no_heading() -> None:
    finding = judged("kind: section\nheadings: [delivers goods, possible, notice]", CONTRACT)
    assert finding.status == "fail"


def test_line_of_the_contents_is_no_heading() -> None:
    assert status("kind: section\nheadings: insurance", "CONTENTS\n4. Insurance ........ 7\n") == "fail"


def test_search_within_a_section_includes_its_subsections_and_nothing_after() -> None:
    assert status("kind: require\nwithin: liability\nphrases: loss of profit", CONTRACT) == "pass"
    assert status("kind: require\nwithin: liability\nphrases: on notice", CONTRACT) == "fail"
    assert status("kind: require\nwithin: [cap, kap]\nphrases: loss of profit", CONTRACT) == "fail"


@pytest.mark.parametrize("kind", ["require", "forbid"])
def test_section_that_was_not_recognised_is_left_to_a_person(kind: str) -> None:
    finding = judged(f"kind: {kind}\nwithin: indemnity\nphrases: goods", CONTRACT)
    assert finding.status == "needs_review"
    assert '"indemnity"' in finding.explanation


def test_title_repeated_on_every_page_does_not_cut_sections() -> None:
    pages = ["Master Agreement\nLIABILITY\nAll is fine.", "Master Agreement\nand the cap applies."]
    assert status("kind: require\nwithin: liability\nphrases: the cap", reading(*pages)) == "pass"


# Count


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [("min: 2", "pass"), ("min: 3", "fail"), ("max: 1", "fail"), ("max: 2", "pass"), ("min: 2\nmax: 2", "pass")],
)
def test_occurrences_are_held_against_their_bounds(bounds: str, expected: str) -> None:
    assert (
        status(f"kind: count\nphrases: [signature, signature page]\n{bounds}", "Signature page. Signature.")
        == expected
    )


def test_values_of_a_field_are_counted() -> None:
    fields = [field("total", "1.00"), field("total", "2.00"), field("net_total", "3.00")]
    assert status("kind: count\nfield: total\nmax: 1", "x", fields) == "fail"
    assert status("kind: count\nfield: amounts\nmin: 3", "x", fields) == "pass"


# When a rule applies


def test_rule_for_other_documents_does_not_apply() -> None:
    rule = "kind: require\napplies_when:\n  phrases: [personal data]\n  field: iban\nphrases: GDPR"
    assert status(rule, "Nothing of the kind.") == "not_applicable"
    assert status(rule, "We keep personal data.") == "fail"
    assert status(rule, "Pay here.", [field("iban", "DE89370400440532013000", "identifier")]) == "fail"

"""Comparing what a document states with limits, days and other values."""

from __future__ import annotations

from datetime import date

import pytest
from drills import field, judged, reading, status

from runs.agents.policies.expressions import parse


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("at_most", "100", "pass"),
        ("<", "100", "fail"),
        (">=", "100.00", "pass"),
        ("equals", "100", "pass"),
        ("!=", "100", "fail"),
        ("more_than", "99.99", "pass"),
    ],
)
def test_amounts_are_compared_as_numbers(operator: str, value: str, expected: str) -> None:
    rule = f"kind: compare\nfield: total\noperator: '{operator}'\nvalue: {value}"
    assert status(rule, "x", [field("total", "100.00")]) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("today", "fail"), ("today + 2 weeks", "fail"), ("today + 1 month", "pass"), ("2026-04-02", "pass")],
)
def test_dates_are_compared_with_days_counted_from_today(value: str, expected: str) -> None:
    rule = f"kind: compare\nfield: due_date\noperator: before\nvalue: {value}"
    assert status(rule, "x", [field("due_date", "2026-04-01", "date")]) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("today", date(2024, 2, 29)),
        ("today - 1 year", date(2023, 2, 28)),
        ("Today+1 month", date(2024, 3, 29)),
        ("today - 2 months", date(2023, 12, 29)),
        ("today + 10 days", date(2024, 3, 10)),
    ],
)
def test_months_end_where_the_calendar_ends_them(text: str, expected: date) -> None:
    assert parse(text).value(lambda name: date(2024, 2, 29)) == expected


def test_one_field_is_compared_with_another() -> None:
    rule = "kind: compare\nfield: expiry_date\noperator: after\nother: effective_date"
    begins, ends = field("effective_date", "2026-01-01", "date"), field("expiry_date", "2025-12-31", "date")
    finding = judged(rule, "x", [begins, ends])
    assert finding.status == "fail"
    assert finding.evidence_count == 2
    assert status(rule, "x", [begins]) == "not_applicable"
    assert status(rule, "x", [ends, begins, field("effective_date", "2024-01-01", "date")]) == "needs_review"


def test_missing_value_ends_the_rule_as_it_says() -> None:
    rule = "kind: compare\nfield: total\noperator: at_most\nvalue: 5\nmissing: "
    assert [status(rule + word, "x") for word in ("not_applicable", "fail", "needs_review")] == [
        "not_applicable",
        "fail",
        "needs_review",
    ]


def test_currencies_are_never_mixed() -> None:
    rule = "kind: compare\nfield: total\noperator: at_most\nvalue: 500\ncurrency: EUR"
    assert status(rule, "x", [field("total", "400.00", currency="EUR")]) == "pass"
    assert status(rule, "x", [field("total", "400.00", currency="JPY")]) == "needs_review"
    assert status(rule, "x", [field("total", "400.00")]) == "needs_review"


def test_doubtful_value_decides_nothing() -> None:
    rule = "kind: compare\nfield: total\noperator: at_most\nvalue: 500"
    assert status(rule, "x", [field("total", "400.00", confidence=0.2)]) == "needs_review"


def test_every_value_must_fit_unless_any_is_enough() -> None:
    fields = [field("total", "1.00"), field("total", "900.00")]
    rule = "kind: compare\nfield: total\noperator: at_most\nvalue: 500\nof: "
    assert status(rule + "every", "x", fields) == "fail"
    assert status(rule + "any", "x", fields) == "pass"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("payable within 30 days", "pass"),
        ("payable within thirty (30) days. Or payable\nwithin 90 days.", "fail"),
        ("payable within 1.000 days", "fail"),
        ("payable soon", "not_applicable"),
    ],
)
def test_number_caught_by_a_pattern_is_compared(text: str, expected: str) -> None:
    rule = "kind: compare\npattern: 'payable within (?:\\w+ \\()?([\\d.]+)\\)? days'\noperator: at_most\nvalue: 60"
    assert status(rule, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ends on 31 December 2026.", "pass"),
        ("Ends on 31.12.2025.", "fail"),
        ("Ends on 12/31/2026.", "pass"),
        ("Ends on 2025-01-01.", "fail"),
        ("Ends on 03/04/2026.", "needs_review"),
        ("Ends on Thursday.", "needs_review"),
    ],
)
def test_day_caught_by_a_pattern_is_compared_unless_ambiguous(text: str, expected: str) -> None:
    assert status("kind: compare\npattern: 'Ends on (.+)\\.'\noperator: after\nvalue: today", text) == expected


def test_size_of_the_document_is_compared() -> None:
    document = reading("one two", "three")
    assert status("kind: compare\nfield: pages\noperator: at_most\nvalue: 2", document) == "pass"
    assert status("kind: compare\nfield: words\noperator: equals\nvalue: 3", document) == "pass"
    assert status("kind: compare\nfield: fields\noperator: at_least\nvalue: 1", document) == "fail"

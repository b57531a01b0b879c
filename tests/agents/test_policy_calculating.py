"""Calculations in policies: what they may say, and how a document is held against them."""

from __future__ import annotations

import contextlib
from datetime import date
from decimal import Decimal

import pytest
from drills import field, judged, policy_text, reading, status
from hypothesis import given
from hypothesis import strategies as st

from runs.agents.policies import parse_policy
from runs.agents.policies.expressions import Quantity, Span, Value, parse
from runs.errors import PolicyRefused

NET, TAX, TOTAL = (
    field("net_total", "100.00", currency="EUR"),
    field("tax_total", "19.00", currency="EUR"),
    field("total", "119.00", currency="EUR"),
)
BEGINS, ENDS = field("effective_date", "2026-01-31", "date"), field("expiry_date", "2026-03-02", "date")


def calculated(text: str) -> Value:
    names: dict[str, Value] = {"total": Quantity(Decimal(50), "EUR"), "day": date(2026, 1, 31)}
    return parse(text).value(lambda name: names[name])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("10 - 2 - 3", "5"),
        ("12 / 4 / 3", "1"),
        ("-2 + 1", "-1"),
        ("19% * 100", "19.00"),
        ("0.05 * total", "2.50 EUR"),
        ("total / total", "1"),
        ("total - 0.5 * total", "25.00 EUR"),
        ("day + 1 month", "2026-02-28"),
        ("day - 1 year", "2025-01-31"),
        ("2 weeks + day", "2026-02-14"),
        ("day - 2025-12-31", "31 days"),
        ("1 year + 3 days", "12 months 3 days"),
    ],
)
def test_arithmetic_is_that_of_numbers_money_and_days(text: str, expected: str) -> None:
    assert str(calculated(text)) == expected


def test_equal_quantities_are_equal_however_written() -> None:
    assert calculated("2 * total") == Quantity(Decimal("100.00"), "EUR")
    assert calculated("3 days + 1 week") == Span(days=10)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("total * total", "money times money"),
        ("total / 0", "division by zero"),
        ("day * 3", "can not be calculated"),
        ("day + 9999 years", "calendar"),
        ("day + 5", "can not be calculated"),
        ("(1 + 2", "bracket"),
        ("1 +", "missing"),
        ("1 2", "not expected"),
        ("total ? 2", "can not be read"),
        ("(" * 30 + "1" + ")" * 30, "nested too deeply"),
        ("1+" * 150 + "1", "characters at most"),
    ],
)
def test_what_does_not_go_together_is_said(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        calculated(text)


@given(st.text(alphabet="0123456789.%+-*/() _dayweksmonthtotal", max_size=40))
def test_no_calculation_ends_in_another_error(text: str) -> None:
    with contextlib.suppress(ValueError, KeyError):
        calculated(text)


# Held against documents


def test_totals_that_add_up_pass_with_their_places() -> None:
    finding = judged("kind: compare\nholds: net_total + tax_total = total", "x", [NET, TAX, TOTAL])
    assert (finding.status, finding.evidence_count) == ("pass", 3)
    assert finding.explanation == (
        '"net_total + tax_total = total" holds: 119.00 EUR is equal to 119.00 EUR '
        "(net total 100.00 EUR on page 1, tax total 19.00 EUR on page 1, total 119.00 EUR on page 1)."
    )


def test_totals_that_do_not_add_up_fail_unless_within_the_tolerance() -> None:
    rule = "kind: compare\nholds: net_total + tax_total = total\n"
    off = field("total", "119.02", currency="EUR")
    assert status(rule, "x", [NET, TAX, off]) == "fail"
    assert status(rule + "tolerance: 0.01", "x", [NET, TAX, off]) == "fail"
    assert status(rule + "tolerance: 0.02", "x", [NET, TAX, off]) == "pass"


def test_value_that_a_calculation_lacks_ends_the_rule_as_it_says() -> None:
    rule = "kind: compare\nholds: net_total + tax_total = total\n"
    finding = judged(rule + "missing: fail", "x", [NET, TOTAL])
    assert (finding.status, finding.explanation) == ("fail", "There is no tax total in the document to compare with.")
    assert status(rule, "x", [NET, TOTAL]) == "not_applicable"
    unread = reading("x", "", warnings=["Page 2 could not be read."])
    assert status(rule + "missing: fail", unread, [NET, TOTAL]) == "needs_review"


@pytest.mark.parametrize(
    "odd",
    [
        field("total", "119.00", currency="USD"),
        field("total", "119.00", currency="EUR", confidence=0.3),
        field("total", "120.00", currency="EUR"),
    ],
    ids=["other currency", "doubtful", "second total"],
)
def test_calculation_with_values_in_doubt_is_left_to_a_person(odd: object) -> None:
    fields = [NET, TAX, odd] if odd != field("total", "120.00", currency="EUR") else [NET, TAX, TOTAL, odd]
    assert status("kind: compare\nholds: net_total + tax_total = total", "x", fields) == "needs_review"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("relation", "expected"),
    [
        ("expiry_date <= effective_date + 30 days", "pass"),
        ("expiry_date < effective_date + 1 month", "fail"),
        ("expiry_date - effective_date > 29 days", "pass"),
        ("expiry_date - effective_date <= 4 weeks", "fail"),
        ("effective_date < today", "pass"),
        ("expiry_date > today", "fail"),
        ("pages = 1", "pass"),
    ],
)
def test_days_are_compared_with_offsets_from_each_other(relation: str, expected: str) -> None:
    assert status(f"kind: compare\nholds: {relation}", "x", [BEGINS, ENDS]) == expected


def test_limit_may_be_calculated_from_other_values() -> None:
    rule = "kind: compare\nfield: tax_total\noperator: <=\nvalue: 20% * net_total"
    finding = judged(rule, "x", [NET, TAX, TOTAL])
    assert finding.status == "pass"
    assert "at most 20% * net_total (20.00 EUR)" in finding.explanation
    assert status(rule.replace("20%", "0.05"), "x", [NET, TAX, TOTAL]) == "fail"
    late = "kind: compare\nfield: expiry_date\noperator: on_or_before\nvalue: effective_date + 29 days"
    assert status(late, "x", [BEGINS, ENDS]) == "fail"
    assert status(late, "x", [ENDS]) == "not_applicable"


@pytest.mark.parametrize(
    ("relation", "complaint"),
    [
        ("net_total + tax_totl = total", "did you mean 'tax_total'"),
        ("net_total + due_date = total", "can not be calculated"),
        ("total = due_date", "can not be compared"),
        ("total + 1", "give two sides"),
        ("1 = 1", "names nothing of the document"),
        ("seller = buyer", "no number, no day"),
        ("amounts = total", "many values"),
        ("due_date - invoice_date <= 2 months", "months have different lengths"),
        ("due_date > today + 9999 years", "calendar"),
    ],
)
def test_calculation_that_can_never_be_held_is_refused(relation: str, complaint: str) -> None:
    with pytest.raises(PolicyRefused) as refused:
        parse_policy(policy_text(f"id: it\nkind: compare\ntitle: It\nholds: '{relation}'"))
    assert complaint in refused.value.sentence


# Numbers that prove themselves

IBAN = r"""kind: compare
pattern: '\bIBAN\b[: ]*([A-Z]{2}\d{2}(?: ?[A-Z0-9]{1,4}){3,8})'
operator: valid_as
value: iban
missing: fail"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("IBAN: DE89 3704 0044 0532 0130 00 BIC COBADEFF", "pass"),
        ("IBAN DE89370400440532013000", "pass"),
        ("IBAN: ES91 2100 0418 4502 0005 1332 BIC CAIXESBB", "pass"),
        ("IBAN: DE89 3704 0044 0532 0130 01", "fail"),
        ("No account", "fail"),
    ],
)
def test_account_number_is_proved_by_its_checksum(text: str, expected: str) -> None:
    assert status(IBAN, text) == expected


def test_only_numbers_with_a_checksum_are_proved() -> None:
    with pytest.raises(PolicyRefused, match="iban, bic, vat, card"):
        parse_policy(policy_text("id: it\nkind: compare\ntitle: It\nfield: phone\noperator: valid_as\nvalue: phone"))

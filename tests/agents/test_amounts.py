"""Numbers that are money, and numbers that are not."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runs.agents.extraction.amounts import find_amounts, parse_number, write_amount
from runs.agents.extraction.rows import fold


def amounts(text: str, decimal: str = ".", *, spaced: bool = False) -> list[tuple[str, str | None]]:
    found = find_amounts(fold(text), decimal=decimal, spaced=spaced)
    return [(write_amount(item.value), item.currency) for item in found if item.is_money]


@pytest.mark.parametrize(
    ("text", "value", "currency"),
    [
        ("€ 1.234,56", "1234.56", "EUR"),
        ("1,234.56 USD", "1234.56", "USD"),
        ("$4.11", "4.11", "USD"),
        ("CHF 1'480.00", "1480.00", "CHF"),
        ("1.234.567,89 EUR", "1234567.89", "EUR"),
        ("Rs. 1,46,320.00", "146320.00", "INR"),
        ("€ 50,-", "50.00", "EUR"),
        ("-39,76 EUR", "-39.76", "EUR"),
        ("€ -9,32", "-9.32", "EUR"),
        ("(120.00)", "-120.00", None),
        ("39.76-", "-39.76", None),
        ("£329.29", "329.29", "GBP"),
        ("US$ 12.50", "12.50", "USD"),
        ("100 Euro", "100.00", "EUR"),
        ("0,74", "0.74", None),
    ],
)
def test_amount_is_read_in_any_of_its_forms(text: str, value: str, currency: str | None) -> None:
    assert amounts(text) == [(value, currency)]


@pytest.mark.parametrize(
    "text",
    [
        "2014",
        "21%",
        "8.25%",
        "19,00 %",
        "12.03.2020",
        "1.2.3",
        "3.50 kg",
        "1204 kWh",
        "DE89 3704 0044",
        "+49 6051 916 44 10",
        "v2.10a",
        "14:30",
        "order 4711",
    ],
)
def test_other_numbers_are_not_money(text: str) -> None:
    assert amounts(text) == []


@pytest.mark.parametrize(("decimal", "value"), [(",", "1234.00"), (".", "1.234")])
def test_the_documents_habit_decides_what_one_separator_and_three_digits_are(decimal: str, value: str) -> None:
    assert amounts("EUR 1.234", decimal) == [(value, "EUR")]


def test_space_separates_thousands_only_where_the_document_does_it() -> None:
    assert amounts("1 240,00", spaced=True) == [("1240.00", None)]
    assert amounts("1 240,00", spaced=False) == [("240.00", None)]


@given(st.decimals(min_value=0, max_value=10**9, places=2, allow_nan=False))
def test_every_amount_survives_being_written_in_both_styles(value: Decimal) -> None:
    english, german = f"{value:,.2f}", f"{value:,.2f}".translate(str.maketrans(",.", ".,"))
    assert parse_number(english, ".") == (value, 2)
    assert parse_number(german, ",") == (value, 2)


@given(st.text(st.sampled_from("0123456789.,' -€$()%")))
def test_no_arrangement_of_digits_and_signs_is_too_much(text: str) -> None:
    find_amounts(text, decimal=".", spaced=True)

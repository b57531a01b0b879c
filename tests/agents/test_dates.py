"""Dates as people write them."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runs.agents.extraction.conventions import conventions_of
from runs.agents.extraction.dates import find_dates
from runs.agents.extraction.rows import fold


def dates(text: str, *, day_first: bool = True) -> list[str]:
    return [found.date.isoformat() for found in find_dates(fold(text), day_first=day_first)]


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-05",
        "2024/3/5",
        "05.03.2024",
        "5.3.2024",
        "05/03/24",
        "5. März 2024",
        "5 mars 2024",
        "05 maart 2024",
        "5 de marzo de 2024",
        "5 marzo 2024",
        "March 5, 2024",
        "March 5 , 2024",
        "5th March 2024",
        "5th of March, 2024",
        "05-Mar-2024",
        "05-MAR-24",
        "2024年3月5日",
    ],
)
def test_date_is_read_in_any_of_its_forms(text: str) -> None:
    assert dates(text) == ["2024-03-05"]


@pytest.mark.parametrize(
    "text",
    [
        "section 4.2.11",
        "31.02.2024",
        "2024",
        "March 2024",
        "192.168.10.12",
        "+++090/9337/55493+++",
        "1.2.3.2024",
        "call 555-01-2024-11",
        "45/13/2024",
    ],
)
def test_other_numbers_are_no_dates(text: str) -> None:
    assert dates(text) == []


def test_order_of_day_and_month_is_the_documents() -> None:
    assert dates("04/09/2024", day_first=True) == ["2024-09-04"]
    assert dates("04/09/2024", day_first=False) == ["2024-04-09"]
    assert dates("04/19/2024", day_first=True) == ["2024-04-19"]


def test_both_ends_of_a_range_are_found() -> None:
    assert dates("01.05.14-31.05.14") == ["2014-05-01", "2014-05-31"]
    assert dates("July 1 - July 31 , 2014") == ["2014-07-31"]


@pytest.mark.parametrize(
    ("text", "day_first", "certain"),
    [
        ("Invoice date 03/04/2024, delivered 25/03/2024", True, True),
        ("Invoice date 03/04/2024, delivered 03/25/2024", False, True),
        ("Rechnung vom 03.04.2024 und die Lieferung ist von der Firma", True, True),
        ("The invoice of 03/04/2024 for Acme Inc., Seattle, WA 98101, total $5.00", False, False),
        ("The invoice of 03/04/2024 for Acme Ltd, total £5.00 with VAT", True, False),
    ],
)
def test_evidence_in_the_document_decides_the_order(text: str, day_first: bool, certain: bool) -> None:
    conventions = conventions_of([text])
    assert (conventions.day_first, conventions.day_first_is_certain) == (day_first, certain)


@given(st.dates(datetime.date(1970, 1, 1), datetime.date(2069, 12, 31)))
def test_every_day_is_read_in_every_style(day: datetime.date) -> None:
    for style in ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%d %B %Y", "%B %d, %Y", "%d-%b-%Y", "%d.%m.%y"):
        assert dates(f"on {day.strftime(style)} at noon") == [day.isoformat()]

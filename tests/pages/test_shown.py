"""Any JSON as something to look at, bounded in every direction."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.template.loader import render_to_string
from pydantic import BaseModel, Field

from runs.models import AgentRun
from runs.shapes import in_declared_order, shape_of
from runs.views.shown import MOST_ROWS, show


class Line(BaseModel):
    zeta: str
    alpha_count: int
    b: bool | None = None


class Answer(BaseModel):
    title: str = Field(title="What it is called")
    lines: list[Line]
    free: dict[str, str] = {}


VALUE = {"free": {"a_b": "c"}, "lines": [{"b": None, "alpha_count": 1, "zeta": "z"}], "title": "T", "extra": 1}


def rendered(value: Any) -> BeautifulSoup:
    shown = show(value, shape_of(Answer))
    return BeautifulSoup(render_to_string(shown.template, {"shown": shown, "run": AgentRun()}), "lxml")


def test_keys_come_in_the_order_of_their_declaration_unknown_ones_last() -> None:
    ordered = in_declared_order(VALUE, shape_of(Answer))
    assert list(ordered) == ["title", "lines", "free", "extra"]
    assert list(ordered["lines"][0]) == ["zeta", "alpha_count", "b"]
    assert ordered == VALUE


def test_lists_of_objects_are_tables_and_names_are_words() -> None:
    found = rendered(VALUE)
    assert [cell.get_text() for cell in found.select("thead th")] == ["Zeta", "Alpha count", "B"]
    assert [each.get_text() for each in found.select("dt")] == ["What it is called", "Lines", "Free", "a_b", "extra"]


def test_long_text_is_folded() -> None:
    assert rendered({"title": "x" * 5000}).select_one("details pre")


def test_long_lists_and_texts_are_bounded_and_say_so() -> None:
    found = rendered({"lines": [{"zeta": str(number)} for number in range(MOST_ROWS + 7)]})
    assert len(found.select("tbody tr")) == MOST_ROWS
    assert "… and 7 more rows" in found.get_text()


def test_what_is_nested_without_end_does_not_break_the_page() -> None:
    value: Any = "the end"
    for _ in range(200):
        value = {"inner": [value]}
    assert "the end" in rendered(value).get_text()


@pytest.mark.parametrize("value", [None, "", [], {}, 0, 0.1, True, "x", [1, [2, [3]]], [None, {"a": 1}], [{}, {}]])
def test_any_json_can_be_shown(value: Any) -> None:
    rendered(value)


def test_numbers_are_kept_exact() -> None:
    assert "12345678901234567890" in rendered({"extra": 12345678901234567890}).get_text()

"""Finding a quote again."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import lines, pdf

from runs.documents import Box, Page, Word, find_quote, read

TEXT = "The Supplier’s liability – except for “gross negligence” –\nis limited to EUR 10,000.00 per year."


def page(text: str) -> Page:
    return Page(1, text)


def test_exact_quote_scores_one() -> None:
    match = find_quote(page(TEXT), "limited to EUR 10,000.00")
    assert match is not None
    assert (match.score, TEXT[match.start : match.end]) == (1.0, "limited to EUR 10,000.00")


@pytest.mark.parametrize(
    "quote",
    [
        'The Supplier\'s liability - except for "gross negligence" - is limited',
        "the supplier’s LIABILITY",
        "per  year.",
        "negligence”   –  is limited",
    ],
)
def test_quote_in_another_form_scores_a_little_less(quote: str) -> None:
    match = find_quote(page(TEXT), quote)
    assert match is not None
    assert 0.95 <= match.score < 1


def test_quote_without_the_spaces_of_the_page_is_found() -> None:
    match = find_quote(page("UStId DE 232 446 240"), "DE232446240")
    assert match is not None
    assert match.start == 6
    assert match.score < 1


def test_quote_across_a_hyphenated_line_end_is_found() -> None:
    match = find_quote(page("notice of termi-\nnation in writing"), "termination in writing")
    assert match is not None
    assert match.start == 10


def test_quote_with_other_words_is_found_nearly_with_its_score() -> None:
    match = find_quote(page(TEXT), "is limitted to EUR 10.000,00 per year")
    assert match is not None
    assert 0.85 <= match.score < 0.95
    assert TEXT[match.start : match.end].startswith("is limited")


@pytest.mark.parametrize("quote", ["", "   ", "something else entirely", "42", "unlimited liability for everything"])
def test_quote_that_is_not_there_is_not_found(quote: str) -> None:
    assert find_quote(page(TEXT), quote) is None


def test_place_at_word_boundaries_is_preferred() -> None:
    match = find_quote(page("2012 and 12"), "12")
    assert match is not None
    assert match.start == 9


def test_boxes_are_one_for_each_line(tmp_path: Path) -> None:
    document = read(pdf(tmp_path / "p.pdf", lines("one two three", "four five six")))
    match = find_quote(document.pages[0], "two three four five")
    assert match is not None
    assert len(match.boxes) == 2
    first, second = match.boxes
    assert first.bottom <= second.top + 2
    assert first.left > second.left


def test_only_the_quotes_words_have_boxes() -> None:
    words = [Word("a", 0, Box(0, 0, 5, 10)), Word("b", 2, Box(8, 0, 13, 10)), Word("c", 4, Box(16, 0, 21, 10))]
    match = find_quote(Page(1, "a b c", words), "b")
    assert match is not None
    assert match.boxes == [Box(8, 0, 13, 10)]


def test_search_in_a_very_long_page_is_bounded() -> None:
    long = page("lorem ipsum dolor sit amet " * 40_000 + "the arbitration clause governs")
    begun = time.process_time()
    match = find_quote(long, "the arbitrasion clause governs")
    assert match is not None
    assert find_quote(long, "lorem ipsun dolor sit amey and what is not there at all " * 20) is None
    assert time.process_time() - begun < 5


@given(st.text(max_size=200), st.text(max_size=60))
def test_any_quote_in_any_page_gives_a_place_inside_it_or_none(text: str, quote: str) -> None:
    match = find_quote(page(text), quote)
    assert match is None or (0 <= match.start < match.end <= len(text) and 0.85 <= match.score <= 1)


@given(st.text(st.characters(codec="ascii"), min_size=1, max_size=300), st.data())
def test_every_part_of_a_page_is_found_exactly(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    quote = text[start : start + 40].strip()
    match = find_quote(page(text), quote)
    assert not quote or (match is not None and text[match.start : match.end] == quote)

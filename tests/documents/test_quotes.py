"""Finding a quote again."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import lines, pdf

from runs.documents import Box, Page, Word, find_in_pages, find_quote, find_quotes, read
from runs.documents.matching import normalised

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


def test_of_several_places_the_nearest_is_given() -> None:
    text = "payable in May. " * 5
    for quote in ("payable in May", "PAYABLE  in May", "payable in Mai"):
        nearest = find_quote(page(text), quote, near=45)
        assert nearest is not None
        assert nearest.start == 48, quote
        first = find_quote(page(text), quote)
        assert first is not None
        assert first.start == 0


def test_every_place_of_a_quote_is_given_in_order() -> None:
    text = "EUR 12 and EUR 12.50, then eur 12 and EUR  12"
    assert [match.start for match in find_quotes(page(text), "EUR 12")] == [0, 11]
    assert [match.start for match in find_quotes(page("a-b A–B ab"), "a–b")] == [0, 4]
    assert find_quotes(page(text), "USD") == []


def test_place_inside_of_a_word_is_left_out_where_others_are() -> None:
    assert [match.start for match in find_quotes(page("art party art"), "art")] == [0, 10]


def document_of(path: Path, *pages: Iterable[str]) -> Sequence[Page]:
    return read(pdf(path, *(lines(*texts) for texts in pages))).pages


def test_quote_over_the_end_of_a_page_has_boxes_on_both(tmp_path: Path) -> None:
    pages = document_of(
        tmp_path / "p.pdf",
        ("Master agreement", "The supplier shall keep all", "records for a period of ten", "Page 1 of 2"),
        ("Master agreement", "years after the end of the", "contract.", "Page 2 of 2"),
    )
    match = find_in_pages(pages, "for a period of ten years after the end")
    assert match is not None
    assert match.continued is not None
    assert (match.page, match.continued.page) == (1, 2)
    assert pages[0].text[match.start : match.end] == "for a period of ten"
    assert pages[1].text[match.continued.start : match.continued.end] == "years after the end"
    assert len(match.boxes) == len(match.continued.boxes) == 1
    nearly = find_in_pages(pages, "for a periode of ten years aftre the end")
    assert nearly is not None
    assert nearly.continued is not None
    assert 0.85 <= nearly.score < match.score


def test_quote_hyphenated_over_the_end_of_a_page_is_found(tmp_path: Path) -> None:
    pages = document_of(tmp_path / "p.pdf", ("Either party may give notice of termi-",), ("nation in writing.",))
    match = find_in_pages(pages, "notice of termination in writing")
    assert match is not None
    assert match.continued is not None


def test_of_several_pages_the_one_nearest_to_the_hint_is_given(tmp_path: Path) -> None:
    pages = document_of(tmp_path / "p.pdf", *[("Total due EUR 5.00", f"of part {part}") for part in range(1, 6)])
    for hint, expected in ((None, 1), (4, 4), (9, 5)):
        match = find_in_pages(pages, "Total due", hint=hint)
        assert match is not None
        assert (match.page, match.continued) == (expected, None)


def test_exact_place_far_away_is_preferred_to_a_similar_one_at_hand(tmp_path: Path) -> None:
    pages = document_of(tmp_path / "p.pdf", ("limited to EUR 10,000.00",), ("limited to EUR 10,000.01",))
    match = find_in_pages(pages, "limited to EUR 10,000.01", hint=1)
    assert match is not None
    assert (match.page, match.score) == (2, 1.0)


@pytest.mark.parametrize(
    ("text", "quote"),
    [("a" * 200_000, "a" * 1999 + "b"), ("ab" * 100_000, "ba" * 900 + "c"), ("- " * 100_000, "-" * 2000)],
)
def test_search_for_what_is_almost_everywhere_is_bounded(text: str, quote: str) -> None:
    begun = time.process_time()
    find_in_pages([page(text), page(text)], quote)
    assert time.process_time() - begun < 10


PLAIN = st.characters(codec="ascii", categories=["L", "N", "P", "Zs"])


@given(st.lists(st.text(PLAIN, max_size=80), max_size=5), st.data())
def test_every_part_of_a_document_is_found(texts: list[str], data: st.DataObject) -> None:
    pages = [Page(number, text) for number, text in enumerate(texts, 1)]
    chosen = data.draw(st.sampled_from(pages)) if pages else Page(1, "")
    start = data.draw(st.integers(0, len(chosen.text)))
    quote = chosen.text[start : start + 30].strip()
    match = find_in_pages(pages, quote, hint=chosen.number)
    if quote:
        assert match is not None
        assert texts[match.page - 1][match.start : match.end] == quote


@given(st.text(PLAIN, min_size=10, max_size=60), st.data())
def test_quote_with_few_changes_is_found(text: str, data: st.DataObject) -> None:
    quote = " ".join(text.split())
    place = data.draw(st.integers(0, max(0, len(quote) - 1)))
    changed = quote[:place] + "#" + quote[place + 1 :]
    match = find_quote(page(f"before it {text} after it"), changed)
    assert len(normalised(changed, False).text) < 7 or match is not None

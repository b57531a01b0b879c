"""A page as a person scans it: rows of cells.

Where words have boxes, rows and cells come from where the words stand, whatever the
order of the text; elsewhere a row is a line and a tab or a wide gap parts its cells.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from runs.documents.pages import Box, Page, Word

MAX_QUOTE = 160

_CELL_GAP = 0.9  # in line heights; a space between words is about 0.25, justified text stays below 0.8
_NARROW = frozenset("iIl1.,'|:;jtfr!()-/ ")
_FOLDED = str.maketrans(
    {
        "ß": "s",
        "º": "°",
        "№": "#",
        "’": "'",
        "‘": "'",
        "´": "'",
        "`": "'",
        "–": "-",
        "—": "-",
        "ł": "l",
        "Ł": "l",
        "ø": "o",
        "Ø": "o",
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """Words that stand together. ``folded`` has the same length as ``text``: lower case, without accents."""

    text: str
    folded: str
    words: Sequence[Word]
    offsets: Sequence[int]
    box: Box | None


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """Cells beside each other, from the left."""

    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A page and its rows, from the top."""

    page: Page
    rows: Sequence[Row]

    def cells(self) -> Iterator[Cell]:
        """Give every cell, row by row."""
        for row in self.rows:
            yield from row.cells


@dataclass(frozen=True, slots=True, eq=False)
class Spot:
    """A stretch of one cell's text: where a value stands."""

    sheet: Sheet
    cell: Cell
    start: int
    end: int
    row_index: int = 0
    label: Sequence[Word] = ()
    """The words that name the value, where they stand elsewhere than beside it in its cell."""

    @property
    def raw(self) -> str:
        """The text there."""
        return self.cell.text[self.start : self.end].strip()

    @property
    def words(self) -> list[Word]:
        """The words there, whole ones."""
        return [
            word
            for word, offset in zip(self.cell.words, self.cell.offsets, strict=True)
            if offset < self.end and offset + len(word.text) > self.start
        ]

    @property
    def box(self) -> Box | None:
        """The rectangle around those words; None where the format has no layout."""
        return _around(self.words)

    @property
    def quote(self) -> str:
        """The phrase of the page's text that shows the value: its cell and, on the same line, its label."""
        text, words = self.sheet.page.text, self.words
        first = words[0].start
        last = words[-1].start + len(words[-1].text)
        if not first <= last <= first + 2 * len(self.raw) + 8:
            last = first + len(words[0].text)  # the reading order parted these words
        line_begin = text.rfind("\n", 0, first) + 1
        line_end = text.find("\n", last)
        line_end = len(text) if line_end < 0 else line_end
        starts = [word.start for word in (*self.cell.words, *self.label) if line_begin <= word.start < line_end]
        begin = min([first, *starts])
        end = max([last, *(_word_end(text, start, line_end) for start in starts)])
        if end - begin > MAX_QUOTE:
            spare = max(0, MAX_QUOTE - (last - first))
            begin = _after_space(text, max(begin, first - spare * 2 // 3), first)
            end = _before_space(text, last, min(end, begin + max(MAX_QUOTE, last - begin)))
        return text[begin:end].strip()


def fold(text: str) -> str:
    """Give text in lower case without accents, character for character."""
    if text.isascii():
        return text.lower()
    return "".join(map(_fold_character, text))


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    character = character.translate(_FOLDED)
    if character.isascii() or character == "°":
        return character.lower()
    base = unicodedata.normalize("NFD", character)[0].lower()
    return base if len(base) == 1 else character


_CELL_OF_TEXT = re.compile(r"\S+(?:[^\S\t]\S+)*")
"""Words with one space between them."""


def sheet_of(page: Page) -> Sheet:
    """Cut a page into rows and cells."""
    if page.words and all(word.box is not None for word in page.words):
        return Sheet(page, _placed_rows(page.words))
    return Sheet(page, list(_text_rows(page)))


def _placed_rows(words: Sequence[Word]) -> list[Row]:
    upright = [word for word in words if not _is_vertical(word.text, _box(word))]
    upright.sort(key=lambda word: _box(word).top + _box(word).bottom)
    lines: list[list[Word]] = []
    top = bottom = 0.0
    for word in upright:
        box = _box(word)
        middle = (box.top + box.bottom) / 2
        # Against the first word of the row, so that a sloping run of words can not chain rows together.
        if lines and top <= middle <= bottom and middle - (top + bottom) / 2 < (bottom - top) * 0.4:
            lines[-1].append(word)
        else:
            lines.append([word])
            top, bottom = box.top, box.bottom
    return [Row(list(_placed_cells(line))) for line in lines]


def _placed_cells(line: list[Word]) -> Iterator[Cell]:
    line.sort(key=lambda word: _box(word).left)
    current: list[Word] = []
    for word in line:
        if current:
            before, box = _box(current[-1]), _box(word)
            height = max(min(before.bottom - before.top, box.bottom - box.top), 1.0)
            if box.left - before.right > height * _CELL_GAP:
                yield _cell(current)
                current = []
        current.append(word)
    yield _cell(current)


def _text_rows(page: Page) -> Iterator[Row]:
    for line in re.finditer(r"[^\n]+", page.text):
        cells = []
        for part in _CELL_OF_TEXT.finditer(line[0]):
            start = line.start() + part.start()
            words = [Word(found[0], start + found.start()) for found in re.finditer(r"\S+", part[0])]
            if words:
                cells.append(_cell(words))
        if cells:
            yield Row(cells)


def _cell(words: list[Word]) -> Cell:
    offsets, place = [], 0
    for word in words:
        offsets.append(place)
        place += len(word.text) + 1
    text = " ".join(word.text for word in words)
    return Cell(text, fold(text), words, offsets, _around(words))


def _around(words: Sequence[Word]) -> Box | None:
    boxes = [word.box for word in words if word.box is not None]
    if not boxes:
        return None
    return Box(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )


def _box(word: Word) -> Box:
    assert word.box is not None
    return word.box


def _is_vertical(text: str, box: Box) -> bool:
    """Whether a word runs up or down the page, as in a margin: its letters would make it wide, and it is tall."""
    height, width = box.bottom - box.top, box.right - box.left
    if height > 3 * width + 20:
        return True
    if height < 1.2 * width or len(text) < 3:
        return False
    return sum(0.3 if letter in _NARROW else 0.55 for letter in text) > 1.3


def _word_end(text: str, start: int, limit: int) -> int:
    found = re.compile(r"\S+").match(text, start, limit)
    return found.end() if found else start


def _after_space(text: str, start: int, limit: int) -> int:
    if start == 0 or text[start - 1].isspace():
        return start
    space = text.find(" ", start, limit)
    return start if space < 0 else space + 1


def _before_space(text: str, limit: int, end: int) -> int:
    if end >= len(text) or text[end].isspace():
        return end
    space = text.rfind(" ", limit, end)
    return end if space < 0 else space

"""Blocks of a page that are postal addresses, and who lives there.

A block is cells below each other with one left edge; what makes it an address is the line
with the postal code. Its name is the line above the street.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runs.agents.extraction.address_forms import (
    ADDRESSED,
    COUNTRIES,
    NO_NAME_LINE,
    ONE_LINE,
    POSTAL,
    SALUTATION,
    STREET,
    STREET_AND_CITY,
)
from runs.agents.extraction.contacts import find_contacts
from runs.agents.extraction.labels import find_labels
from runs.agents.extraction.parties import LEGAL_FORM, NO_NAME
from runs.agents.extraction.roles import ROLES
from runs.agents.extraction.rows import Cell, Sheet, Spot

_ROLE_REACH = 42.0
_LONGEST_ROLE = 40
_LOOSE = 1.4
_LOOSER = 2.8
_GAP = 2.2


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A cell of a block, and its row on the page."""

    cell: Cell
    row_index: int


@dataclass(frozen=True, slots=True, eq=False)
class Address:
    """An address on a page. ``role``: seller, buyer or delivery where a word beside it says so."""

    sheet: Sheet
    name: Spot | None
    lines: Sequence[Spot]
    role: str | None
    texts: Sequence[str]
    """All the lines of the block it stands in, for what they tell of its owner."""


def find_addresses(sheet: Sheet) -> Iterator[Address]:
    """Give the addresses of a page, from the top."""
    for block in _blocks(sheet):
        yield from _of_block(sheet, block)
    for row_index, row in enumerate(sheet.rows):
        for cell in row.cells:
            match = ONE_LINE.match(cell.text)
            if match:
                name = Spot(sheet, cell, *match.span("name"), row_index)
                place = Spot(sheet, cell, match.start("street"), match.end(), row_index)
                yield Address(sheet, name, [place], "sender", [cell.text])


def _blocks(sheet: Sheet) -> list[list[Line]]:
    """Cut a page into runs of cells below each other."""
    done: list[list[Line]] = []
    open_blocks: list[list[Line]] = []
    for row_index, row in enumerate(sheet.rows):
        still: list[list[Line]] = []
        used: set[int] = set()
        for block in open_blocks:
            column = next(
                (
                    at
                    for at, cell in enumerate(row.cells)
                    if at not in used and _follows(sheet, block[-1], cell, at, row_index)
                ),
                None,
            )
            if column is not None:
                block.append(Line(row.cells[column], row_index))
                used.add(column)
                still.append(block)
            elif _is_near(block[-1], row.cells[0], row_index):
                still.append(block)
            else:
                done.append(block)
        still += [[Line(cell, row_index)] for at, cell in enumerate(row.cells) if at not in used]
        open_blocks = still
    return [*done, *open_blocks]


def _follows(sheet: Sheet, last: Line, cell: Cell, column: int, row_index: int) -> bool:
    before, box = last.cell.box, cell.box
    if before is None or box is None:
        if row_index != last.row_index + 1 or sheet.rows[last.row_index].cells.index(last.cell) != column:
            return False
        return "\n\n" not in sheet.page.text[last.cell.words[-1].start : cell.words[0].start]
    height = max(before.bottom - before.top, 1.0)
    is_aligned = abs(before.left - box.left) < 6 or abs(before.right - box.right) < 4
    return is_aligned and -height < box.top - before.bottom < _GAP * height


def _is_near(last: Line, cell: Cell, row_index: int) -> bool:
    """Whether a block may go on below this row, which belongs to a column beside it."""
    if last.cell.box is None or cell.box is None:
        return row_index <= last.row_index
    return cell.box.top - last.cell.box.bottom < _GAP * (last.cell.box.bottom - last.cell.box.top)


def _of_block(sheet: Sheet, block: Sequence[Line]) -> Iterator[Address]:
    start = 0
    for index, line in enumerate(block):
        if find_labels(line.cell.folded)[:1]:
            continue
        if index > start and STREET_AND_CITY.match(line.cell.text) and not ONE_LINE.match(line.cell.text):
            name, role = _head(sheet, block, start, index)
            if name is not None:
                spot = Spot(sheet, line.cell, 0, len(line.cell.text), line.row_index)
                yield Address(sheet, name, [spot], role, [at.cell.text for at in block[start : index + 4]])
                start = index + 1
            continue
        if not POSTAL.match(line.cell.text.strip(" ,")):
            continue
        streets = [at for at in range(max(start, index - 3), index) if STREET.match(block[at].cell.text)]
        if not streets:
            continue
        first = streets[-1]
        while first - 1 in streets and first - 1 > start:
            first -= 1
        last = index + 1 if index + 1 < len(block) and block[index + 1].cell.folded.strip(" .") in COUNTRIES else index
        name, role = _head(sheet, block, start, first)
        spots = [Spot(sheet, at.cell, 0, len(at.cell.text), at.row_index) for at in block[first : last + 1]]
        yield Address(sheet, name, spots, role, [at.cell.text for at in block[start : last + 4]])
        start = last + 1


def _head(sheet: Sheet, block: Sequence[Line], start: int, first: int) -> tuple[Spot | None, str | None]:
    """Give the name above a street, and the role that a word above or in front of it gives."""
    name: Spot | None = None
    role: str | None = None
    pitch = _pitch(block[first], block[min(first + 1, len(block) - 1)])
    loose = False
    for at in range(first - 1, start - 1, -1):
        if pitch and _pitch(block[at], block[at + 1]) > _LOOSE * pitch:
            if name is not None or loose or _pitch(block[at], block[at + 1]) > _LOOSER * pitch:
                break
            loose = True  # a name may stand apart from its street
        cell = block[at].cell
        told, end = _role(cell)
        if told:
            role = told
            if cell.text[end:].strip(" :") and any(map(str.isalpha, cell.text[end:])) and name is None:
                name = Spot(sheet, cell, _after(cell.text, end), len(cell.text), block[at].row_index)
            break
        if ONE_LINE.match(cell.text):
            break
        if SALUTATION.match(cell.folded):
            role = "buyer"
            break
        if _is_name(cell):
            name = Spot(sheet, cell, 0, len(cell.text), block[at].row_index)
            role = "buyer" if ADDRESSED.match(cell.folded) else role
    return name, role or _role_above(sheet, block[max(start, _top_of(block, start, first))])


def _top_of(block: Sequence[Line], start: int, first: int) -> int:
    """Give the first line of the run of lines that an address belongs to."""
    at = first
    pitch = _pitch(block[first], block[min(first + 1, len(block) - 1)])
    while at > start and (not pitch or _pitch(block[at - 1], block[at]) <= _LOOSE * pitch):
        at -= 1
    return at


def _pitch(line: Line, following: Line) -> float:
    """Give how far below each other two lines stand; 0 where there is no layout."""
    if line.cell.box is None or following.cell.box is None:
        return 0.0
    return following.cell.box.bottom - line.cell.box.bottom


def _after(text: str, end: int) -> int:
    while end < len(text) and not text[end].isalnum():
        end += 1
    return end


def _is_name(cell: Cell) -> bool:
    text = cell.text
    if (
        len(text) > 70
        or text.endswith(":")
        or text[0] in "(*["
        or (text.endswith(".") and text.count(" ") > 2 and not LEGAL_FORM.search(text))
        or NO_NAME_LINE.match(text)
        or NO_NAME.match(text)
        or sum(map(str.isalpha, text)) < 3
    ):
        return False
    if any(found.label.strength > 0.6 for found in find_labels(cell.folded)):
        return False
    return sum(map(str.isdigit, text)) <= 4 and not any(True for _ in find_contacts(text, cell.folded))


def _role(cell: Cell) -> tuple[str | None, int]:
    for role, pattern in ROLES.items():
        match = pattern.match(cell.folded.lstrip())
        if match and (
            match.end() >= len(cell.folded.rstrip(" :")) or cell.folded[match.end() :].lstrip().startswith(":")
        ):
            return role, match.end()
    return None, 0


def _role_above(sheet: Sheet, line: Line) -> str | None:
    """Give the role named by a short cell shortly above or left of a block."""
    box = line.cell.box
    for row_index in range(line.row_index, max(-1, line.row_index - 4), -1):
        for cell in sheet.rows[row_index].cells:
            if cell is line.cell or len(cell.text) > _LONGEST_ROLE:
                continue
            if box is None or cell.box is None:
                continue
            overlaps = cell.box.left < box.right and cell.box.right > box.left - 4
            if row_index < line.row_index and not (overlaps and box.top - cell.box.bottom < _ROLE_REACH):
                continue
            if row_index == line.row_index and not 0 <= box.left - cell.box.right < 2 * _ROLE_REACH:
                continue
            role, _ = _role(cell)
            if role:
                return role
    return None

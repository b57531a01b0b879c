"""Reading pictures of pages: from pixels to a page of words with boxes, as every reader gives it.

The language is chosen by evidence: a first page is read in one, and read again in the
one its words turn out to be in. A page that stands on its side or its head is turned first.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final, NamedTuple

from PIL import Image

from runs.documents import engine
from runs.documents.characters import clean
from runs.documents.hyphens import Vocabulary
from runs.documents.languages import language_of
from runs.documents.layout import Strip, by_columns, joined
from runs.documents.pages import Box, Page

DPI: Final = 300.0
MOST_PIXELS: Final = 16_000_000
"""A4 at 300 dots an inch has 9 million. A larger picture is made smaller before it is read."""
LEAST_CONFIDENCE: Final = 0.25
"""Words below are more likely a smudge than a word."""
LEAST_CONFIDENCE_OF_MARKS: Final = 0.6
"""The same for what has neither letters nor digits: frames and speckles look like such."""
SUSPICIOUS_CONFIDENCE: Final = 0.7
"""Below, a page may be the wrong way up, or in another script."""

_CODES: Final = {
    "en": "eng", "de": "deu", "fr": "fra", "nl": "nld", "es": "spa", "it": "ita", "pt": "por", "da": "dan",
    "sv": "swe", "nb": "nor", "fi": "fin", "pl": "pol", "cs": "ces", "sk": "slk", "hu": "hun", "ro": "ron",
    "hr": "hrv", "sl": "slv", "tr": "tur", "el": "ell", "ru": "rus", "uk": "ukr", "bg": "bul", "ar": "ara",
    "he": "heb", "ja": "jpn", "ko": "kor", "zh": "chi_sim",
}  # fmt: skip
_NAMES: Final = {"de": "German", "fr": "French", "nl": "Dutch", "es": "Spanish", "it": "Italian", "en": "English"}
_SCRIPTS: Final = {
    "Cyrillic": ("rus", "ukr", "bul", "srp"),
    "Greek": ("ell",),
    "Arabic": ("ara", "fas"),
    "Hebrew": ("heb",),
    "Han": ("chi_sim", "chi_tra"),
    "Japanese": ("jpn",),
    "Korean": ("kor",),
    "Devanagari": ("hin",),
    "Thai": ("tha",),
}
_TURNS: Final = {
    90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}


class OutOfTime(Exception):
    """There is too little time left to recognise another page."""


class _Found(NamedTuple):
    lines: list[Strip]
    confidence: float | None
    text: str


class Recogniser:
    """Recognises the pages of one document. ``ends_at``: when to be done, in seconds since the epoch.

    ``language``: an ISO 639-1 code, where somebody knows it; else the pages tell.
    ``warnings``: sentences about what would have been read better otherwise.
    """

    def __init__(self, *, language: str | None = None, ends_at: float | None = None) -> None:
        self.warnings: list[str] = []
        self._installed = [name for name in engine.languages() if name != engine.ORIENTATION]
        self._can_turn = engine.ORIENTATION in engine.languages()
        self._ends_at = ends_at
        self._slowest = 0.0
        self._chosen = self._in(language) if language else None

    @property
    def is_possible(self) -> bool:
        """Whether there is an engine, with a language, to recognise anything."""
        return bool(self._installed)

    @property
    def seconds_left(self) -> float:
        return engine.PAGE_SECONDS if self._ends_at is None else self._ends_at - time.time()

    def read(self, picture: Image.Image, number: int, width: float, height: float) -> Page:
        """Recognise a grey picture of a page that is ``width`` by ``height`` points.

        Raises ``OutOfTime`` where the time left is shorter than a page has taken, and
        ``engine.RecognitionFailed`` for a picture over which the engine breaks off.
        """
        began = time.monotonic()
        if self.seconds_left < max(self._slowest, 1.0):
            raise OutOfTime
        dots = picture.width / width * 72
        try:
            found, turned = self._upright(picture, dots)
        except engine.RecognitionFailed:
            if self.seconds_left < 1.0:
                raise OutOfTime from None
            raise
        points = (height, width) if turned in (90, 270) else (width, height)
        strips = by_columns(_scaled(found.lines, 72 / dots), points[0])
        text, words, breaks = joined(strips, Vocabulary([strip.texts for strip in strips]))
        if turned:
            words = [word._replace(box=_turned_back(word.box, turned, width, height)) for word in words if word.box]
        self._slowest = max(self._slowest, time.monotonic() - began)
        confidence = found.confidence if words else None
        return Page(number, text, words, width, height, breaks, ocr_confidence=confidence)

    def _upright(self, picture: Image.Image, dots: float) -> tuple[_Found, int]:
        found = self._found(picture, dots)
        if found.confidence is None or found.confidence < SUSPICIOUS_CONFIDENCE:
            return self._turned(picture, dots, found)
        return found, 0

    def _found(self, picture: Image.Image, dots: float) -> _Found:
        if self._chosen:
            return self._in_language(picture, dots, self._chosen)
        first = "eng" if "eng" in self._installed else self._installed[0]
        found = self._in_language(picture, dots, first)
        spoken = language_of([found.text])
        if spoken is None:
            return found
        self._chosen = self._in(spoken) or first
        return found if self._chosen == first else self._in_language(picture, dots, self._chosen)

    def _turned(self, picture: Image.Image, dots: float, found: _Found) -> tuple[_Found, int]:
        """The same page the right way up and in its script, where that reads better; and by how much it was turned."""
        if not self._can_turn:
            return found, 0
        try:
            angle, script = engine.orientation(picture, dpi=dots, seconds=self._patience)
        except engine.RecognitionFailed:
            return found, 0
        of_script = [name for name in _SCRIPTS.get(script, ()) if name in self._installed]
        if of_script and not self._chosen:
            self._chosen = "+".join(of_script[:2])
        elif not angle:
            return found, 0
        upright = picture.transpose(_TURNS[angle]) if angle else picture
        again = self._found(upright, dots)
        if (again.confidence or 0) > (found.confidence or 0):
            return again, angle
        return found, 0

    def _in_language(self, picture: Image.Image, dots: float, language: str) -> _Found:
        return _gathered(engine.words(picture, language, dpi=dots, seconds=self._patience))

    def _in(self, language: str) -> str | None:
        """The engine's code for a language, if that is installed; else say what is missing."""
        code = _CODES.get(language, language)
        if code in self._installed:
            return code
        name = _NAMES.get(language, language)
        self.warnings.append(
            f"The scan is in {name}, which is not installed for text recognition: words may be misread. "
            f"Install tesseract-ocr-{code.replace('_', '-')} on the machines of this site."
        )
        return None

    @property
    def _patience(self) -> float:
        return min(engine.PAGE_SECONDS, max(self.seconds_left, 0.1))


def for_reading(picture: Image.Image) -> Image.Image:
    """A picture in grey, no larger than is worth reading."""
    grey = picture if picture.mode == "L" else picture.convert("L")
    pixels = grey.width * grey.height
    if pixels <= MOST_PIXELS:
        return grey
    shrunk = (MOST_PIXELS / pixels) ** 0.5
    return grey.resize((max(1, int(grey.width * shrunk)), max(1, int(grey.height * shrunk))), Image.Resampling.BOX)


def _gathered(rows: Sequence[dict[str, str]]) -> _Found:
    """Words and lines of the engine's table, in pixels; what is too doubtful is left out."""
    lines: dict[tuple[str, ...], Strip] = {}
    extents: dict[tuple[str, ...], tuple[float, float]] = {}
    weight = sure = 0.0
    for row in rows:
        line = (row["block_num"], row["par_num"], row["line_num"])
        top, height = float(row["top"]), float(row["height"])
        if row["level"] == "4":
            extents[line] = (top, top + height)
        text = clean(row["text"]).strip()
        confidence = float(row["conf"]) / 100
        if row["level"] != "5" or not text or any(map(str.isspace, text)):
            continue
        is_mark = not any(map(str.isalnum, text))
        if confidence < (LEAST_CONFIDENCE_OF_MARKS if is_mark else LEAST_CONFIDENCE):
            continue
        left = float(row["left"])
        box = Box(left, top, left + float(row["width"]), top + height)
        strip = lines.setdefault(line, Strip([], []))
        strip.texts.append(text)
        strip.boxes.append(box)
        weight += len(text)
        sure += confidence * len(text)
    text = "\n".join(" ".join(strip.texts) for strip in lines.values())
    level = [_levelled(strip, *extents.get(line, (0.0, 0.0))) for line, strip in lines.items()]
    return _Found(level, round(min(sure / weight, 1.0), 3) if weight else None, text)


def _levelled(line: Strip, top: float, bottom: float) -> Strip:
    """Give the words of a line the height of the line: the engine's boxes are as low as a dash or a full stop.

    A line that is much higher than its words runs askew, and keeps their boxes.
    """
    highest = max(box.bottom - box.top for box in line.boxes)
    if not 0 < bottom - top < highest * 2:
        return line
    return Strip(line.texts, [box._replace(top=top, bottom=bottom) for box in line.boxes])


def _scaled(lines: Sequence[Strip], factor: float) -> list[Strip]:
    return [
        Strip(line.texts, [Box(*(round(edge * factor, 2) for edge in box)) for box in line.boxes]) for line in lines
    ]


def _turned_back(box: Box, angle: int, width: float, height: float) -> Box:
    """A box on the upright page as a box on the page as it is, which is ``width`` by ``height``.

    ``angle``: by how much the page was turned clockwise to stand upright.
    """
    left, top, right, bottom = box
    match angle:
        case 90:
            return Box(top, height - right, bottom, height - left)
        case 180:
            return Box(width - right, height - bottom, width - left, height - top)
        case _:
            return Box(width - bottom, left, width - top, right)

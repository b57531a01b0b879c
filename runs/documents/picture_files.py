"""Opening pictures: PNG, JPEG, TIFF (each of its pages), WebP, GIF and BMP.

Sizes are looked at before a pixel is unpacked. A picture that says nothing sensible of
its resolution is taken for a photograph of a sheet of A4.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps

from runs.documents import engine, kinds
from runs.documents.packing import PageKeeper
from runs.documents.pages import Page, Progress, Reading
from runs.documents.reading import no_such_page, too_many_pages
from runs.documents.recognition import OutOfTime, Recogniser, for_reading
from runs.errors import UnreadableDocument

MOST_PIXELS: Final = 75_000_000
"""A3 at 600 dots an inch. Unpacked, that is a quarter of a gigabyte."""
A4_LENGTH: Final = 842.0
_FORMATS: Final = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/tiff": "TIFF",
    "image/webp": "WEBP",
    "image/gif": "GIF",
    "image/bmp": "BMP",
}
_SENSIBLE_DPI: Final = (100, 1300)
"""72 and 96 are what programs write that know nothing."""
_SMALL_DPI: Final = 200
"""Letters of less are enlarged before they are read."""


def read_picture(
    path: Path,
    kind: str,
    *,
    page_limit: int,
    progress: Progress | None = None,
    language: str | None = None,
    ends_at: float | None = None,
    keeper: PageKeeper | None = None,
) -> Reading:
    """Recognise the text of a picture. Raises ``UnreadableDocument``, also where no engine is installed."""
    with opened(path, kind) as picture:
        count = frame_count(picture, kind)
        if count > page_limit:
            raise too_many_pages(count, page_limit)
        recogniser = Recogniser(language=language, ends_at=ends_at)
        if not recogniser.is_possible:
            raise engine.missing()
        pages: list[Page] = []
        failed: list[int] = []
        for number in range(1, count + 1):
            page = keeper.known(number) if keeper else None
            if page is None:
                grey, width, height = _frame_for_reading(picture, kind, number)
                try:
                    page = recogniser.read(grey, number, width, height)
                except OutOfTime:
                    raise too_slow(number - 1, count) from None
                except engine.RecognitionFailed:
                    page = Page(number, "", (), width, height)
                    failed.append(number)
                else:
                    if keeper:
                        keeper.keep(page, count)
            pages.append(page)
            if progress:
                progress(number, count)
    if len(failed) == count:
        raise UnreadableDocument("The picture could not be recognised; make a clearer or a smaller one and try again.")
    warnings = [*_failures(failed), *recogniser.warnings]
    return Reading(kind, pages, {}, warnings, is_lasting=not warnings)


def read_picture_page(path: Path, kind: str, number: int) -> tuple[Page, int]:
    """Recognise one page of a picture, counted from 1; with it the number of pages. Raises ``UnreadableDocument``."""
    recogniser = Recogniser()
    with opened(path, kind) as picture:
        grey, width, height = _frame_for_reading(picture, kind, number)
        count = frame_count(picture, kind)
        if not recogniser.is_possible:
            return Page(number, "", (), width, height), count
        try:
            return recogniser.read(grey, number, width, height), count
        except engine.RecognitionFailed:
            return Page(number, "", (), width, height), count


@contextmanager
def opened(path: Path, kind: str) -> Iterator[Image.Image]:
    """Open a picture, with the one decoder for its kind."""
    with _decoding(kind):
        picture = Image.open(path, formats=[_FORMATS[kind]])
    with closing(picture):
        yield picture


def frame(picture: Image.Image, kind: str, number: int) -> Image.Image:
    """One page of an opened picture, counted from 1, turned as its camera says. Raises ``UnreadableDocument``."""
    count = frame_count(picture, kind)
    if not 1 <= number <= count:
        raise no_such_page(number, count)
    with _decoding(kind):
        if number != picture.tell() + 1:
            picture.seek(number - 1)
        if picture.width * picture.height > MOST_PIXELS:
            raise too_large()
        return ImageOps.exif_transpose(picture)


def on_paper(picture: Image.Image) -> Image.Image:
    """A picture in grey or in colours, of eight bits each. What is transparent is taken for white paper."""
    if picture.mode in ("LA", "PA", "RGBA", "RGBa", "La") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        paper = Image.new("RGBA", picture.size, "white")
        paper.alpha_composite(picture)
        picture = paper
    if picture.mode.startswith("I;16") or picture.mode in ("I", "F"):
        # Sixteen bits a pixel, of which the upper eight are seen.
        return picture.convert("I").point(lambda value: value / 256).convert("L")
    return picture.convert("L" if picture.mode in ("1", "L") else "RGB")


def frame_count(picture: Image.Image, kind: str) -> int:
    """The number of its pages: only TIFF has any but the first."""
    with _decoding(kind):
        return int(getattr(picture, "n_frames", 1)) if kind == "image/tiff" else 1


def too_large() -> UnreadableDocument:
    """Say that a picture is too large to be unpacked."""
    return UnreadableDocument(
        f"The picture has more than {MOST_PIXELS // 1_000_000} million pixels; save it at a lower resolution "
        "(300 dots an inch are enough to be read) and try again."
    )


def too_slow(done: int, count: int) -> UnreadableDocument:
    """Say that a scan is too long for the time of its run."""
    return UnreadableDocument(
        f"Recognising the text of {count:,} pages takes longer than this run may: {done:,} were read in its time. "
        "Split the document, or ask an operator for more time, and try again."
    )


def _frame_for_reading(picture: Image.Image, kind: str, number: int) -> tuple[Image.Image, float, float]:
    """One page in grey and large enough to be read, and its width and height in points."""
    upright = frame(picture, kind, number)
    width, height = _size(upright)
    with _decoding(kind):
        grey = for_reading(on_paper(upright))
        if grey.width / width * 72 < _SMALL_DPI:
            grey = for_reading(grey.resize((grey.width * 2, grey.height * 2), Image.Resampling.BICUBIC))
    return grey, width, height


@contextmanager
def _decoding(kind: str) -> Iterator[None]:
    """Whatever goes wrong here is a fault of the picture."""
    try:
        with warnings.catch_warnings():
            # What Pillow warns of, a picture beyond its own limit, is judged here, by ours.
            warnings.simplefilter("ignore")
            yield
    except Image.DecompressionBombError as error:
        raise too_large() from error
    except (UnreadableDocument, MemoryError):
        raise
    except Exception as error:
        # Damaged pictures make decoders fail in ways they do not list.
        raise UnreadableDocument(
            f"The {kinds.READABLE_KINDS[kind]} is damaged and can not be read; save it again and try again."
        ) from error


def _failures(numbers: list[int]) -> list[str]:
    listed = ", ".join(map(str, numbers))
    return [f"Pages that could not be recognised: {listed}."] if numbers else []


def _size(picture: Image.Image) -> tuple[float, float]:
    """The size in points: by its resolution, if that is sensible; else its longer side is a sheet's."""
    across, down = _dpi(picture)
    low, high = _SENSIBLE_DPI
    if low <= across <= high and low <= down <= high:
        return picture.width / across * 72, picture.height / down * 72
    scale = A4_LENGTH / max(picture.width, picture.height)
    return picture.width * scale, picture.height * scale


def _dpi(picture: Image.Image) -> tuple[float, float]:
    try:
        across, down = picture.info["dpi"]
        return float(across), float(down)
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return 0.0, 0.0

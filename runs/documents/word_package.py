"""What a Word document is made of: an archive of XML parts that refer to each other.

Only the parts that are read are unpacked, each within limits, and none may name entities.
A part that is missing, as pictures often are, harms nobody who does not ask for it.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import unquote

from lxml import etree

from runs.documents.characters import clean
from runs.errors import UnreadableDocument

MAX_UNPACKED_BYTES: Final = 256 * 1024 * 1024
MAX_RATIO: Final = 200
MAX_PART_BYTES: Final = 64 * 1024 * 1024
MAX_TAGS: Final = 3_000_000
"""Begun or ended. A thousand pages have fewer, and more would not fit into the memory of a run."""
_RATIO_FREE_BYTES: Final = 8 * 1024 * 1024

W: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_STRICT: Final = (
    (b"http://purl.oclc.org/ooxml/wordprocessingml/main", W.encode()),
    (
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    ),
)
_DUBLIN: Final = "{http://purl.org/dc/elements/1.1/}"
_TERMS: Final = "{http://purl.org/dc/terms/}"
_CORE: Final = "{http://schemas.openxmlformats.org/package/2006/metadata/core-properties}"
_PROPERTIES: Final = {
    f"{_DUBLIN}title": "title",
    f"{_DUBLIN}creator": "author",
    f"{_DUBLIN}subject": "subject",
    f"{_CORE}keywords": "keywords",
    f"{_DUBLIN}language": "language",
    f"{_TERMS}created": "created_at",
    f"{_TERMS}modified": "modified_at",
}


def qn(name: str) -> str:
    """``w:p`` as lxml spells it."""
    return f"{{{W}}}{name.removeprefix('w:')}"


def value(element: Any, name: str = "val") -> str | None:
    """An attribute of Word's own namespace; None where it, or the element, is absent."""
    return None if element is None else element.get(qn(name))


def is_on(element: Any) -> bool:
    """Whether a switch, such as ``w:vanish``, is there and not turned off."""
    return element is not None and value(element) not in ("0", "false", "off", "none")


class WordPackage:
    """An opened Word document. Raises ``UnreadableDocument`` for what is none, or too large."""

    def __init__(self, path: Path) -> None:
        try:
            self._archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise damaged() from error
        self._names = {name.lower(): name for name in self._archive.namelist()}
        self._tags = 0
        _refuse_bombs(self._archive.infolist(), path.stat().st_size)
        self._main = next(self._targets("", "officeDocument"), None) or "word/document.xml"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._archive.close()

    @cached_property
    def body(self) -> Any:
        """The element that holds the document's paragraphs and tables."""
        root = self._parsed(self._main)
        body = None if root is None else root.find(qn("w:body"))
        if body is None:
            raise damaged()
        return body

    def parts(self, kind: str) -> list[Any]:
        """The parts the document refers to as ``kind``: ``header``, ``footnotes``, ``styles`` …; each once."""
        names = dict.fromkeys(self._targets(self._main, kind))
        return [root for name in names if (root := self._parsed(name)) is not None]

    def properties(self) -> dict[str, str]:
        """What the file says of itself, under the names all readers use."""
        found: dict[str, str] = {}
        for name in dict.fromkeys(self._targets("", "core-properties")):
            root = self._parsed(name)
            for element in root if root is not None else ():
                known = _PROPERTIES.get(element.tag)
                text = " ".join(clean(element.text or "").split())[:2000]
                if known and text:
                    found.setdefault(known, text.replace("Z", "+00:00") if known.endswith("_at") else text)
        return found

    def _targets(self, source: str, kind: str) -> Iterator[str]:
        """The names of the parts that ``source`` (empty: the package) refers to as ``kind``."""
        folder, name = posixpath.split(source)
        root = self._parsed(posixpath.join(folder, "_rels", f"{name}.rels"))
        for relation in root if root is not None else ():
            is_of_kind = (relation.get("Type") or "").endswith(f"/{kind}")
            if is_of_kind and relation.get("TargetMode") != "External":
                target = unquote(relation.get("Target") or "")
                yield posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")

    def _parsed(self, name: str) -> Any:
        """The root of a part; None where there is no such part."""
        known = self._names.get(name.lower())
        if known is None:
            return None
        member = self._archive.getinfo(known)
        if member.file_size > MAX_PART_BYTES:
            raise too_large()
        content = self._archive.read(member)
        self._tags += content.count(b"<")
        if self._tags > MAX_TAGS:
            raise too_large()
        for strict, transitional in _STRICT:
            content = content.replace(strict, transitional)
        return etree.fromstring(
            content, etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
        )


def damaged() -> UnreadableDocument:
    """Say that there is no document in the file that can be made out."""
    return UnreadableDocument("The Word document is damaged and can not be read; save it again and try again.")


def too_large() -> UnreadableDocument:
    """Say that the document would take more memory than a run has."""
    return UnreadableDocument(
        "The Word document is too large to be read; split it, or save it as a PDF and try again."
    )


def _refuse_bombs(members: list[zipfile.ZipInfo], packed: int) -> None:
    if any(member.flag_bits & 0x1 for member in members):
        raise UnreadableDocument("The file is encrypted; save a copy without a password and try again.")
    unpacked = sum(member.file_size for member in members)
    if unpacked > MAX_UNPACKED_BYTES or (unpacked > _RATIO_FREE_BYTES and unpacked > max(packed, 1) * MAX_RATIO):
        raise UnreadableDocument(
            "The Word document unpacks to an unreasonable size and was not opened; save it again or as a PDF."
        )

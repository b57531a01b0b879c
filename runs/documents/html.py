"""Reading web pages: what a browser would show, as lines of text.

Navigation and footers are kept, for nobody can tell them from content for sure; what
no browser shows (scripts, styles, hidden elements) is not. Table cells are separated
by tabs.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from lxml import etree, html

from runs.documents.characters import clean
from runs.documents.html_tables import tables_of
from runs.documents.kinds import HTML
from runs.documents.pages import Reading
from runs.documents.text import decode, read_bytes, single_page
from runs.errors import UnreadableDocument

MAX_TAGS = 3_000_000
"""Begun or ended. More would not fit into the memory of a run."""
MAX_ATTRIBUTES = 5000
"""Of one element."""
MAX_DEPTH = 2000
"""Elements inside elements. Pages made by people stay below 100."""

_UNSEEN_WORDS = (
    "script style template head title noscript iframe object embed svg canvas audio video select datalist "
    "annotation annotation-xml"
)
_UNSEEN = frozenset(_UNSEEN_WORDS.split())
_BLOCK_WORDS = (
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption "
    "figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol option p pre search "
    "section summary table tbody tfoot thead tr ul"
)
_BLOCKS = frozenset(_BLOCK_WORDS.split())
_SPACED_WORDS = "p h1 h2 h3 h4 h5 h6 table ul ol pre blockquote section article"
_SPACED = frozenset(_SPACED_WORDS.split())
_CONTROLS = frozenset(("a", "button", "label"))
_CELLS = frozenset(("td", "th"))
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.IGNORECASE)
_DECLARED_ENCODING = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w:.-]{2,40})", re.IGNORECASE)
_METADATA = {
    "author": "author",
    "article:author": "author",
    "description": "description",
    "og:description": "description",
    "og:title": "title",
    "keywords": "keywords",
    "date": "created_at",
    "article:published_time": "created_at",
    "generator": "producer",
}


def read_html(path: Path) -> Reading:
    """Read a web page. Title, language and the page's own description become metadata."""
    text, encoding = _decode(read_bytes(path))
    reading = read_markup(text)
    return replace(reading, metadata={**reading.metadata, "encoding": encoding})


def read_markup(markup: str) -> Reading:
    """Read markup that is decoded already. Raises ``UnreadableDocument``."""
    if markup.count("<") > MAX_TAGS:
        raise UnreadableDocument("The web page is too large to be read; split it, or save it as a PDF and try again.")
    if _has_endless_tag(markup):
        raise UnreadableDocument("The web page is damaged; save it again from the browser and try again.")
    root = _parse(markup)
    return Reading(HTML, [single_page(_visible_text(root))], _metadata(root), tables=tables_of(root, _is_unseen))


def _has_endless_tag(markup: str) -> bool:
    """Whether an element has so many attributes that comparing them, as the parser does, would take minutes."""
    for stretch in markup.split(">"):
        if len(stretch) > MAX_ATTRIBUTES and (found := re.search("<[a-zA-Z]", stretch)):
            unquoted = re.sub("\"[^\"]*\"|'[^']*'", " ", stretch[found.start() :])
            if max(len(unquoted.split()), unquoted.count("=")) > MAX_ATTRIBUTES:
                return True
    return False


def _decode(data: bytes) -> tuple[str, str]:
    declared = _DECLARED_ENCODING.search(data, 0, 4096)
    if declared and not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode(declared[1].decode("ascii")), declared[1].decode("ascii").lower()
        except (LookupError, UnicodeDecodeError):
            pass  # a page that lies about its encoding is read like one that is silent
    return decode(data)


def _parse(text: str) -> etree._Element:
    # libxml2 takes no NUL, and refuses an encoding declaration in a text already decoded.
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text.replace("\0", ""))
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.LxmlError as error:
        raise UnreadableDocument("The web page is damaged; save it again from the browser and try again.") from error
    if root is None:
        raise UnreadableDocument("The web page has no text that can be read; check the file and try again.")
    return root


def _visible_text(root: etree._Element) -> str:
    writer = _Writer()
    depth = 0
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        if event == "start":
            depth += 1
            if depth > MAX_DEPTH:
                raise UnreadableDocument(
                    "The web page is nested too deeply to be read; save it as a PDF from the browser and try again."
                )
            if _is_unseen(element):
                walk.skip_subtree()
            else:
                writer.open(element)
        else:
            depth -= 1
            if not _is_unseen(element):
                writer.close(element)
            if element is not root and element.tail:
                writer.write(element.tail)
    return writer.text


class _Writer:
    """Lays text out in lines the way a browser would, without its widths."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._cell_starts: list[int] = []
        self._preformatted = 0
        self._wide_cell = False

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def open(self, element: etree._Element) -> None:
        tag = element.tag
        if tag == "br":
            self._parts.append("\n")
        elif tag in _CELLS:
            self._open_cell(first=element.getprevious() is None)
        elif tag in _BLOCKS:
            self._break(blank=tag in _SPACED)
            if tag == "li":
                self._parts.append("• ")
        if tag in _CONTROLS and _follows_control(element):
            self.write(" ")  # a menu's links stand apart by their margins only
        if tag in ("pre", "textarea"):
            self._preformatted += 1
        if tag == "input" and element.get("type", "text") in ("text", "email", "tel", "url", "number", "date"):
            self.write(element.get("value") or "")
        if element.text:
            self.write(element.text)

    def close(self, element: etree._Element) -> None:
        if element.tag in ("pre", "textarea"):
            self._preformatted -= 1
        if element.tag in _CELLS:
            self._close_cell()
        elif element.tag in _BLOCKS:
            self._break(blank=element.tag in _SPACED)

    def write(self, text: str) -> None:
        text = clean(text)
        if not self._preformatted:
            text = re.sub(r"\s+", " ", text)
            if text[:1] == " " and self._ending() in ("", " ", "\n", "\t"):
                text = text[1:]
        if text:
            self._parts.append(text)

    def _open_cell(self, *, first: bool) -> None:
        if not first:
            self._trim(" ")
            # After a cell of several lines a tab would put this one beside the last of them only.
            self._parts.append("\n" if self._wide_cell else "\t")
        self._cell_starts.append(len(self._parts))
        self._wide_cell = False

    def _close_cell(self) -> None:
        start = self._cell_starts.pop() if self._cell_starts else 0
        self._trim(" \n", start)
        self._wide_cell = any("\n" in part for part in self._parts[start:])

    def _break(self, *, blank: bool) -> None:
        start = self._cell_starts[-1] if self._cell_starts else 0
        if len(self._parts) == start:
            return
        self._trim(" ", start)
        if self._ending() not in ("", "\n"):
            self._parts.append("\n")
        if blank and self._parts[-2:] != ["\n", "\n"]:
            self._parts.append("\n")

    def _ending(self) -> str:
        return self._parts[-1][-1:] if self._parts else ""

    def _trim(self, characters: str, start: int = 0) -> None:
        while len(self._parts) > start:
            kept = self._parts[-1].rstrip(characters)
            if kept == "•":
                return
            if kept:
                self._parts[-1] = kept
                return
            self._parts.pop()


def _follows_control(element: etree._Element) -> bool:
    before = element.getprevious()
    return before is not None and before.tag in _CONTROLS and not before.tail


def _is_unseen(element: etree._Element) -> bool:
    if element.tag in _UNSEEN or not isinstance(element.tag, str) or element.get("hidden") is not None:
        return True
    return bool(_HIDDEN_STYLE.search(element.get("style") or ""))


def _metadata(root: etree._Element) -> dict[str, str]:
    found: dict[str, str] = {}
    _keep(found, "title", root.findtext(".//title"))
    for meta in root.iter("meta"):
        name = (meta.get("name") or meta.get("property") or "").lower()
        if name in _METADATA:
            _keep(found, _METADATA[name], meta.get("content"))
    _keep(found, "language", root.get("lang"))
    return found


def _keep(metadata: dict[str, str], name: str, value: Any) -> None:
    text = " ".join(clean(str(value or "")).split())
    if text:
        metadata.setdefault(name, text[:2000])

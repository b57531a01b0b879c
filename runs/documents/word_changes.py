"""What else stands in a Word document beside its text: changes somebody tracked, comments, hidden text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from runs.documents.characters import clean
from runs.documents.word_package import WordPackage, qn, value

_KINDS: Final = {
    qn("w:ins"): "insertion",
    qn("w:del"): "deletion",
    qn("w:moveFrom"): "move",
    qn("w:cellIns"): "insertion",
    qn("w:cellDel"): "deletion",
}
_MOST_NAMES: Final = 5


def remarks(package: WordPackage, *, hidden_count: int) -> list[str]:
    """Sentences about tracked changes, comments and hidden text, for whoever relies on the text."""
    found = [*_changes(package), *_comments(package)]
    if hidden_count:
        found.append("The document has hidden text, which was not read.")
    return found


def _changes(package: WordPackage) -> Iterable[str]:
    counts: Counter[str] = Counter()
    authors: list[str] = []
    before = None
    roots = [
        package.body,
        *(root for kind in ("footnotes", "endnotes", "header", "footer") for root in package.parts(kind)),
    ]
    for root in roots:
        for element in root.iter(*_KINDS):
            # One change is noted at every piece of text it touches.
            change = (_KINDS[element.tag], value(element, "author"), value(element, "date"))
            if change != before:
                counts[change[0]] += 1
                authors.append(change[1] or "")
            before = change
    total = sum(counts.values())
    if total:
        kinds = _listed([f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in sorted(counts.items())])
        yield (
            f"The document has {total} tracked change{'s' if total > 1 else ''}{_by(authors)} ({kinds}): what is "
            "inserted was read as text, what is deleted was not."
        )


def _comments(package: WordPackage) -> Iterable[str]:
    comments = [comment for root in package.parts("comments") for comment in root.iterchildren(qn("w:comment"))]
    if comments:
        authors = [value(comment, "author") or "" for comment in comments]
        yield f"The document has {len(comments)} comment{'s' if len(comments) > 1 else ''}{_by(authors)}, not read."


def _by(authors: Iterable[Any]) -> str:
    """``by Ann, Bob and 2 others``, those with most first; empty where nobody is named."""
    counts = Counter(" ".join(clean(author).split())[:80] for author in authors)
    names = [name for name, _ in counts.most_common() if name]
    if not names:
        return ""
    rest = len(names) - _MOST_NAMES
    return " by " + _listed([*names[:_MOST_NAMES], *([f"{rest} other{'s' if rest > 1 else ''}"] if rest > 0 else [])])


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))

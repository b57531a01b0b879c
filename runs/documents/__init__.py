"""Reading documents: a file in; pages, words and their places out; finding a quote again.

Nothing here knows Django, runs or agents. Everything a document can be wrong in
ends in ``UnreadableDocument``, whose text is one sentence for the person who
brought it.
"""

from runs.documents.kinds import READABLE_KINDS, sniff
from runs.documents.pages import Box, Cell, Line, Match, Page, Reading, Table, Word
from runs.documents.quotes import find_in_pages, find_quote, find_quotes
from runs.documents.reading import PAGE_LIMIT, READER_VERSION, read
from runs.errors import UnreadableDocument

__all__ = [
    "PAGE_LIMIT",
    "READABLE_KINDS",
    "READER_VERSION",
    "Box",
    "Cell",
    "Line",
    "Match",
    "Page",
    "Reading",
    "Table",
    "UnreadableDocument",
    "Word",
    "find_in_pages",
    "find_quote",
    "find_quotes",
    "read",
    "sniff",
]

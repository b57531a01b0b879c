"""Documents made to break readers: enormous, bottomless, going round in circles, or simply not what they say."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.mutations.pdf_monsters import PDFS
from tests.mutations.picture_monsters import PICTURES
from tests.mutations.word_monsters import WORD_DOCUMENTS
from tests.mutations.written_monsters import WRITTEN

MONSTERS: Mapping[str, Callable[[], bytes]] = {**PDFS, **WORD_DOCUMENTS, **WRITTEN, **PICTURES}

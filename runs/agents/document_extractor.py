"""The agent that reads a document and lists the values it states."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel
from pydantic import Field as Described

from runs.agents.base import (
    Agent,
    AgentInput,
    Answer,
    DocumentFile,
    DocumentReference,
    FatalError,
    Illustration,
    RunContext,
)
from runs.agents.extraction import MAX_OF_A_NAME, ExtractedTable, Extraction, Field, document_conventions, extract
from runs.agents.reading import read_document
from runs.documents import PAGE_LIMIT, READABLE_KINDS, Reading


class ExtractorInput(AgentInput):
    """What to read, and how much of it to give back."""

    document: DocumentReference | None = Described(
        default=None,
        title="Document",
        description="A PDF, scan, picture, Word document, e-mail, web page or text. Without one, a sample.",
    )
    max_pages: int = Described(
        default=PAGE_LIMIT,
        ge=1,
        le=PAGE_LIMIT,
        title="Longest document",
        description="A document with more pages than this is refused.",
    )
    include_text: bool = Described(
        default=True,
        title="Include the text of every page",
        description="Without it the answer holds only the values and where they stand.",
    )


class DocumentRead(BaseModel):
    """The document that was read."""

    name: str
    media_type: str = Described(description="Told from the content, whatever the file is called.")
    kind: str = Described(description="The same in a word for people.")
    pages: int
    sha256: str
    language: str | None = Described(default=None, description="ISO 639-1 code, where the text shows it.")


class PageText(BaseModel):
    """The text of one page."""

    number: int
    text: str


class ExtractorOutput(BaseModel):
    """What the document says."""

    document: DocumentRead
    metadata: dict[str, str] = Described(description="What the file says of itself: title, author, created_at …")
    fields: list[Field]
    tables: list[ExtractedTable] = Described(
        default_factory=list, description="Tables as rows with typed columns: what an invoice charges, and others."
    )
    pages: list[PageText]
    warnings: list[str] = Described(description="What could not be read or is not listed.")


class DocumentExtractor(Agent[ExtractorInput, ExtractorOutput]):
    """Reads a document and lists its numbers, dates, amounts, parties and identifiers with their evidence."""

    name: ClassVar[str] = "document-extractor"
    label: ClassVar[str] = "Document extractor"
    description: ClassVar[str] = (
        "Reads a PDF, scan, Word document, e-mail, web page or text and lists the numbers, dates, amounts, parties "
        "and account details it states. Every value points at the place in the document it came from."
    )
    version: ClassVar[str] = "2.0.0"
    icon: ClassVar[str] = "document-magnifying-glass"
    sample: ClassVar[Path | None] = Path(__file__).parent / "samples" / "invoice.pdf"
    illustrations: ClassVar[tuple[Illustration, ...]] = (
        Illustration("The sample invoice"),
        Illustration("Only the values", {"include_text": False}),
    )

    Input = ExtractorInput
    Output = ExtractorOutput

    def run(self, context: RunContext, input: ExtractorInput) -> Answer[ExtractorOutput]:
        """Read the document, then look for its values."""
        file = context.document
        if file is None:
            raise FatalError("There is no document to read; choose one and try again.")
        reading = _read(context, file, min(input.max_pages, file.page_limit))
        found = extract(reading, step=lambda text: _step(context, text))
        warnings = [*reading.warnings, *_cut_lists(found.fields)]
        for warning in warnings:
            context.log(warning, "warning")
        context.progress(1, 1)
        output = _output(file, reading, found, warnings)
        if not input.include_text:
            output.pages = []
        return Answer("extracted", output, _summary(found, reading))


def _read(context: RunContext, file: DocumentFile, page_limit: int) -> Reading:
    context.step("Opening the document")

    def on_page(done: int, total: int) -> None:
        _step(context, f"Reading page {done} of {total}")
        # Reading is most of the work; the last tenth is looking for values.
        context.progress(done * 0.9, total)

    return read_document(context, file, page_limit=page_limit, progress=on_page)


def _step(context: RunContext, text: str) -> None:
    if context.cancelled:
        raise FatalError("The run was stopped before the document was read.")
    context.step(text)


def _output(file: DocumentFile, reading: Reading, found: Extraction, warnings: list[str]) -> ExtractorOutput:
    return ExtractorOutput(
        document=DocumentRead(
            name=file.name,
            media_type=reading.media_type,
            kind=READABLE_KINDS[reading.media_type],
            pages=len(reading.pages),
            sha256=file.sha256,
            language=document_conventions(reading).language,
        ),
        metadata=dict(reading.metadata),
        fields=found.fields,
        tables=found.tables,
        pages=[PageText(number=page.number, text=page.text) for page in reading.pages],
        warnings=warnings,
    )


def _cut_lists(fields: list[Field]) -> list[str]:
    counts = Counter(field.label for field in fields)
    return [
        f"Only the first {count} values of “{label}” are listed."
        for label, count in counts.items()
        if count == MAX_OF_A_NAME
    ]


def _summary(found: Extraction, reading: Reading) -> str:
    if not found.fields:
        return f"no values on {_count(len(reading.pages), 'page')}"
    verified = sum(field.grounding == "verified" for field in found.fields)
    return f"{verified} of {_count(len(found.fields), 'value')} verified"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"

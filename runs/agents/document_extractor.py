"""The agent that reads a document and lists the values it states."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel
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
from runs.agents.kept_pages import DOCUMENT, FOUND, KeptPages, page_texts
from runs.agents.own_answers import AskedField, OwnFields, WantedField
from runs.agents.own_fields import MOST_FIELDS, find_own_fields, named_once, own_fields_kept
from runs.agents.reading import read_document
from runs.documents import PAGE_LIMIT, READABLE_KINDS, Reading

LARGEST_TEXT = 20_000_000
"""Characters of JSON. A result that is much larger can not be stored, and nobody would scroll through it."""


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
    fields: Annotated[list[WantedField], AfterValidator(named_once)] = Described(
        default=[],
        max_length=MOST_FIELDS,
        title="Fields of your own",
        json_schema_extra={"needs_model": True},
        description="What else to look for, by the site's language model. Each value is looked for in the document "
        "again, without it.",
    )
    max_tokens: int | None = Described(
        default=None,
        ge=1,
        title="Most tokens",
        description="What the language model may use for this run; never more than the site allows.",
    )
    max_cost: float | None = Described(
        default=None,
        gt=0,
        title="Highest cost",
        description="The same in money, in the site's currency.",
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
    asked: list[AskedField] = Described(default=[], description="What became of the fields the user named.")
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
    version: ClassVar[str] = "2.1.0"
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
        pages = KeptPages(context, file)
        try:
            reading = _read(context, file, min(input.max_pages, file.page_limit), pages)
        except _Stopped:
            _keep_values(context, pages)
            raise
        found = extract(reading, step=lambda text: _step(context, text))
        output = _output(file, reading, found, [*reading.warnings, *_cut_lists(found.fields)])
        if not input.include_text:
            output.pages = []
        elif sum(len(json.dumps(page.text)) for page in output.pages) > LARGEST_TEXT:
            output.pages = []
            output.warnings.append("The text is too long to be kept with the result; its values and places are.")
        if input.fields and context.llm is not None:
            _keep_frame(context, output, input.fields)
        own = find_own_fields(context, reading, input.fields)
        output = _with_own(output, own)
        for warning in output.warnings:
            context.log(warning, "warning")
        context.progress(1, 1)
        return Answer("extracted", output, _summary(output))

    def partial(self, kept: Mapping[str, Any]) -> ExtractorOutput | None:
        """Give what was found without the model, and of the parts it was asked about; else the pages there are."""
        if FRAME not in kept:
            return _pages_so_far(kept)
        frame = ExtractorOutput.model_validate(kept[FRAME]["output"])
        wanted = [WantedField.model_validate(each) for each in kept[FRAME]["wanted"]]
        return _with_own(frame, own_fields_kept(wanted, kept))


FRAME = "values"


def _keep_frame(context: RunContext, output: ExtractorOutput, wanted: list[WantedField]) -> None:
    """Have kept what needs no model, in case the model is not to be had. The pages' text can be read again."""
    if FRAME not in context.kept:
        frame = output.model_copy(update={"pages": []}).model_dump(mode="json")
        context.keep(FRAME, {"output": frame, "wanted": [each.model_dump(mode="json") for each in wanted]})


def _with_own(output: ExtractorOutput, own: OwnFields) -> ExtractorOutput:
    told = {"fields": [*own.fields, *output.fields], "asked": own.asked}
    return output.model_copy(update={**told, "warnings": [*output.warnings, *own.warnings]})


def _pages_so_far(kept: Mapping[str, Any]) -> ExtractorOutput | None:
    """The pages that were recognised, with the values of a run that had the time to look for them."""
    facts, texts = kept.get(DOCUMENT), page_texts(kept)
    if facts is None or not any(text.strip() for _, text in texts):
        return None
    found = kept.get(FOUND, {"page_count": 0, "fields": [], "tables": []})
    return ExtractorOutput(
        document=DocumentRead(kind=READABLE_KINDS[facts["media_type"]], **facts),
        metadata={},
        fields=[Field.model_validate(field) for field in found["fields"]],
        tables=[ExtractedTable.model_validate(table) for table in found["tables"]],
        pages=[PageText(number=number, text=text) for number, text in texts],
        warnings=[] if found["page_count"] == len(texts) else [_unsearched(found["page_count"], len(texts))],
    )


class _Stopped(FatalError):
    """Somebody asked the run to stop."""


def _unsearched(searched: int, count: int) -> str:
    where = f"on {searched} of these {count} pages" if searched else "on none of these pages"
    return f"The run ended early: values were looked for {where}."


def _keep_values(context: RunContext, pages: KeptPages) -> None:
    """Have the values of the pages there are kept. A short document's are found before the process is killed."""
    if pages.reading is not None:
        found = extract(pages.reading)
        fields, tables = ([each.model_dump(mode="json") for each in some] for some in (found.fields, found.tables))
        context.keep(FOUND, {"page_count": len(pages.pages), "fields": fields, "tables": tables})


def _read(context: RunContext, file: DocumentFile, page_limit: int, pages: KeptPages) -> Reading:
    context.step("Opening the document")

    def on_page(done: int, total: int) -> None:
        _step(context, f"Reading page {done} of {total}")
        # Reading is most of the work; the last tenth is looking for values.
        context.progress(done * 0.9, total)

    return read_document(context, file, page_limit=page_limit, progress=on_page, keeper=pages)


def _step(context: RunContext, text: str) -> None:
    if context.cancelled:
        raise _Stopped("The run was stopped before the document was read.")
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


def _summary(output: ExtractorOutput) -> str:
    found = f"no values on {_count(output.document.pages, 'page')}"
    if output.fields:
        verified = sum(field.grounding == "verified" for field in output.fields)
        found = f"{verified} of {_count(len(output.fields), 'value')} verified"
    open_count = sum(asked.status == "not_evaluated" for asked in output.asked)
    return f"{found}, {_count(open_count, 'field')} not evaluated" if open_count else found


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"

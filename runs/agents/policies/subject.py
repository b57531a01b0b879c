"""The document in front of the judge: its text, sections, fields and counts, each made once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any

from runs.agents.extraction.fields import Field
from runs.agents.policies.fields import FIELDS_BY_TYPE
from runs.agents.policies.findings import MAX_EVIDENCE, Evidence, Undecided
from runs.agents.policies.patterns import Expression, SearchBudget, phrase
from runs.agents.policies.questions import Ask, Question, Reply
from runs.agents.policies.sections import Section, find_sections, sections_headed
from runs.agents.policies.transcript import Spot, Transcript
from runs.documents import Page, Reading

FORM = 1
"""Of the facts. Another number, another form: facts of a form that is not known are refused."""


class Subject:
    """A reading and what the rules ask of it. ``today`` is the day of judgement.

    ``ask`` puts a question to a language model; None where there is none. ``replies``: what
    was answered before, by the question's key.
    """

    def __init__(
        self,
        reading: Reading,
        *,
        today: date,
        extract: Callable[[Reading], Sequence[Field]] | None = None,
        ask: Ask | None = None,
        replies: Mapping[str, Reply] | None = None,
    ) -> None:
        self.reading = reading
        self.today = today
        self.transcript = Transcript(reading)
        self.replies = dict(replies or {})
        self._extract = extract or _extract_fields
        self._ask = ask

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Subject:
        """Make a subject from what ``facts`` gave: the same rules give the same findings, without boxes.

        Nothing is read, extracted or asked. A question that was not asked then has no reply. Raises
        ``ValueError`` for facts of another form.
        """
        if facts.get("form") != FORM:
            raise ValueError(f"These facts have the form {facts.get('form')!r}, not {FORM}.")
        pages = [Page(int(page["number"]), str(page["text"])) for page in facts["pages"]]
        reading = Reading(str(facts["media_type"]), pages, warnings=list(facts["warnings"]))
        fields = [Field.model_validate(field) for field in facts["fields"]]
        replies = {key: Reply.model_validate(reply) for key, reply in facts["replies"].items()}
        today = date.fromisoformat(facts["today"])
        return cls(reading, today=today, extract=lambda _: fields, replies=replies)

    def facts(self) -> dict[str, Any]:
        """Return all that judging depends on, as plain JSON: to be stored, and judged again by other rules.

        Take them after judging, when the replies of a model are known. The pages' text makes up most
        of it; extraction runs if no rule has asked for a field yet.
        """
        return {
            "form": FORM,
            "today": self.today.isoformat(),
            "media_type": self.reading.media_type,
            "pages": [{"number": page.number, "text": page.text} for page in self.reading.pages],
            "warnings": list(self.reading.warnings),
            "fields": [field.model_dump(mode="json") for field in self.fields],
            "replies": {key: reply.model_dump(mode="json") for key, reply in self.replies.items()},
        }

    @cached_property
    def sections(self) -> list[Section]:
        """The sections, recognised by their headings' form."""
        return find_sections(self.transcript)

    @cached_property
    def fields(self) -> Sequence[Field]:
        """Every value read from the document."""
        return self._extract(self.reading)

    @cached_property
    def unread_pages(self) -> list[int]:
        """Pages from which nothing could be read; a page left blank on purpose is none of them."""
        if not self.reading.warnings:
            return []
        return [page.number for page in self.reading.pages if not page.text.strip()]

    def fields_named(self, name: str) -> list[Field]:
        """Return the values of a field, or of every field of a type (``amounts``)."""
        wanted = FIELDS_BY_TYPE.get(name)
        if wanted:
            return [field for field in self.fields if field.type == wanted]
        return [field for field in self.fields if field.name == name]

    def stretches(self, within: Sequence[str] | None, budget: SearchBudget) -> list[Spot] | None:
        """Return where to search; None for everywhere. Raises as ``scope`` does."""
        if within is None:
            return None
        return [Spot(section.start, section.end) for section in self.scope(within, budget)]

    def scope(self, within: Sequence[str], budget: SearchBudget) -> list[Section]:
        """Return the sections with such headings.

        Raises ``Undecided`` when no heading fits: what was to be searched may be there under another name.
        """
        found = sections_headed(self.sections, [phrase(heading) for heading in within], budget)
        if not found:
            raise Undecided(f"No section headed {alternatives(within)} was recognised to search in.")
        return found

    def places(
        self, expressions: Iterable[Expression], budget: SearchBudget, stretches: Sequence[Spot] | None = None
    ) -> dict[Expression, list[Spot]]:
        """Return where each expression stands; those that stand nowhere are left out."""
        found = {expression: list(self.transcript.find(expression, budget, stretches)) for expression in expressions}
        return {expression: spots for expression, spots in found.items() if spots}

    def passages(self, stretches: Sequence[Spot] | None) -> list[tuple[int, str]]:
        """Return the text of the stretches, or of everything, with the numbers of the pages it stands on."""
        if stretches is None:
            return [(page.number, page.text) for page in self.reading.pages]
        return [(self.page_of(spot), self.transcript.text[spot.start : spot.end]) for spot in stretches]

    def reply_to(self, question: Question) -> Reply | None:
        """Return a model's reply, asking it only once; None where there is no model. Raises ``Undecided``."""
        if question.key not in self.replies and self._ask is not None:
            self.replies[question.key] = self._ask(question)
        return self.replies.get(question.key)

    def evidence(self, spots: Sequence[Spot]) -> list[Evidence]:
        """Return the sentences around the first spots, each sentence once."""
        shown: list[Evidence] = []
        for spot in spots[: MAX_EVIDENCE * 3]:
            evidence = self.transcript.evidence(spot)
            if evidence not in shown:
                shown.append(evidence)
            if len(shown) == MAX_EVIDENCE:
                break
        return shown

    def page_of(self, spot: Spot) -> int:
        """Return the number of the page on which a spot begins."""
        return self.transcript.page_number_at(spot.start)


def _extract_fields(reading: Reading) -> Sequence[Field]:
    from runs.agents.extraction import extract_fields  # Slow to import, and few rules ask for fields.

    return extract_fields(reading)


def alternatives(wordings: Sequence[str], shown: int = 3) -> str:
    """Name some wordings for people: '"a", "b" or 4 others'."""
    return either([f'"{wording}"' for wording in wordings], shown)


def either(names: Sequence[str], shown: int = 3) -> str:
    """Name some things of which one is enough: 'a, b or 4 others'."""
    others = len(names) - shown
    if others > 0:
        return f"{', '.join(names[:shown])} or {others} other{'s' if others > 1 else ''}"
    return " or ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def unread(subject: Subject) -> str:
    """Say which pages could not be read."""
    numbers = subject.unread_pages
    if len(numbers) == 1:
        return f"page {numbers[0]} could not be read."
    return f"{len(numbers)} pages could not be read, the first of them page {numbers[0]}."

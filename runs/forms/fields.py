"""A field of an agent's input: its control, what is in it, what is wrong with it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

from django.conf import settings
from django.http import QueryDict

from runs.models import AgentRun, Document
from runs.preflight import Preflight
from runs.shapes import Shape, label_of
from runs.storable import is_deep

LONG_TEXT: Final = 200
SPARE_ROWS: Final = 2
"""Empty entries at the end of a list, to be filled in without a script."""
CONTROLS_BY_FORMAT: Final = {"document": "document", "policy": "policy", "date": "date", "long-text": "long_text"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values a field can have. ``value`` is how it travels in a form."""

    value: str
    label: str
    document: Document | None = None


@dataclass
class InputField:
    """A field of the input: the control it is shown by, what is in it, what is wrong with it."""

    name: str
    shape: Shape
    is_required: bool
    value: Any = None
    is_absent: bool = False
    choices: list[Choice] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    preflight: Preflight | None = None
    earlier_run: AgentRun | None = None

    @property
    def label(self) -> str:
        return label_of(self.name, self.shape)

    @property
    def help(self) -> str:
        return str(self.shape.schema.get("description", ""))

    @property
    def is_optional(self) -> bool:
        """Whether leaving it empty is a choice; a default that is there says so by itself."""
        return not self.is_required and self.shape.schema.get("default") is None

    @property
    def control(self) -> str:
        """The template below ``runs/fields`` that shows the field."""
        schema = self.shape.schema
        if schema.get("format") in CONTROLS_BY_FORMAT:
            return CONTROLS_BY_FORMAT[schema["format"]]
        if self.shape.choices or (self.shape.type == "boolean" and self.shape.is_nullable):
            return "choice"
        match self.shape.type:
            case "boolean":
                return "checkbox"
            case "integer" | "number":
                return "number"
            case "string":
                return "long_text" if schema.get("maxLength", 0) > LONG_TEXT else "text"
            case "array" if self.shape.items.choices:
                return "choices"
            case "array" if self.shape.items.type == "string":
                return "lines"
            case "array" if _is_flat(self.shape.items):
                return "rows"
            case _:
                return "json"

    @property
    def template(self) -> str:
        return f"runs/fields/{self.control}.html"

    @property
    def text(self) -> str:
        """The value as the control shows it."""
        match self.value:
            case None:
                return ""
            case bool():
                return str(self.value).lower()
            case list() if self.control == "lines":
                return "\n".join(map(str, self.value))
            case list() | dict():
                return json.dumps(self.value, ensure_ascii=False, indent=2)
            case _:
                return str(self.value)

    @property
    def chosen(self) -> list[str]:
        """Of several values, those that are chosen, as they travel in a form."""
        return [str(value) for value in self.value] if isinstance(self.value, list) else []

    @property
    def entries(self) -> list[dict[str, Any]]:
        """Of a list of objects, those that are there."""
        return [entry for entry in self.value if isinstance(entry, dict)] if isinstance(self.value, list) else []

    @property
    def rows(self) -> list[list[InputField]]:
        """A list's entries, each as its own fields, and empty ones to fill in."""
        spare = max(min(SPARE_ROWS, self.most_entries - len(self.entries)), 0)
        return [self._row(number, entry) for number, entry in enumerate([*self.entries, *([{}] * spare)])]

    @property
    def most_entries(self) -> int:
        return int(self.shape.schema.get("maxItems", 100))

    @property
    def lacks_model(self) -> bool:
        """Whether it is for a language model, and the site has none."""
        return bool(self.shape.schema.get("needs_model")) and settings.LLM is None

    def _row(self, number: int, entry: dict[str, Any]) -> list[InputField]:
        cells = []
        for name, shape in self.shape.items.fields.items():
            given = entry.get(name, shape.schema.get("default"))
            cells.append(InputField(f"{self.name}-{number}-{name}", shape, False, given))
            cells[-1].choices = [Choice(str(choice), str(choice)) for choice in shape.choices]
        return cells

    @property
    def document(self) -> Document | None:
        """The user's document that is chosen."""
        return next((choice.document for choice in self.choices if choice.value == self.text), None)

    @property
    def fits_no_choice(self) -> bool:
        """Whether the value is none of those there are to choose from."""
        return (
            bool(self.choices)
            and bool(self.text)
            and self.control in ("choice", "document")
            and all(choice.value != self.text for choice in self.choices)
        )

    @property
    def largest_file(self) -> int:
        """The largest file the site takes, in bytes."""
        return int(settings.DOCUMENT_LIMIT_MB) * 1024 * 1024

    @property
    def smallest(self) -> Any:
        return self.shape.schema.get("minimum", self.shape.schema.get("exclusiveMinimum"))

    @property
    def largest(self) -> Any:
        return self.shape.schema.get("maximum", self.shape.schema.get("exclusiveMaximum"))

    @property
    def number_step(self) -> str:
        return "1" if self.shape.type == "integer" else "any"

    @property
    def longest(self) -> Any:
        return self.shape.schema.get("maxLength")

    def fill(self, data: QueryDict) -> None:
        """Take the value from a form that was sent. What was left empty counts as left out."""
        text = data.get(self.name, "")
        match self.control:
            case "checkbox":
                self.value = self.name in data
            case "choices":
                self.value = [_meant(value, self.shape.items.choices) for value in data.getlist(self.name)]
            case "lines":
                self.value = [line.strip() for line in text.splitlines() if line.strip()]
            case "rows":
                self.value = self._entries_sent(data)
            case "text" | "long_text" if not (self.is_required or self.shape.is_nullable):
                self.value = text
            case _ if not text.strip():
                self.value, self.is_absent = None, True
            case "json":
                self.value = _parsed(text)
            case _:
                self.value = _meant(text, self.shape.choices)

    def _entries_sent(self, data: QueryDict) -> list[dict[str, Any]]:
        """The rows in which something was written; what was left empty in them is left out."""
        form = re.compile(rf"{re.escape(self.name)}-(\d{{1,4}})-")
        numbers = sorted({int(found[1]) for key in data if (found := form.match(key))})
        entries = []
        for number in numbers:
            texts = {name: data.get(f"{self.name}-{number}-{name}", "").strip() for name in self.shape.items.fields}
            if any(text and not self.shape.items.fields[name].choices for name, text in texts.items()):
                entries.append({name: text for name, text in texts.items() if text})
        return entries


def _is_flat(shape: Shape) -> bool:
    """Whether it is an object of texts, numbers and choices: a row of a table."""
    cells = shape.fields.values()
    return bool(cells) and all(cell.choices or cell.type in ("string", "integer", "number") for cell in cells)


def _parsed(text: str) -> Any:
    """The JSON in ``text``; text that is none, or is too deep, is left for pydantic to refuse."""
    try:
        value = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return text
    return text if is_deep(value) else value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _meant(text: str, choices: list[Any]) -> Any:
    """The choice that travelled as ``text``: it need not be a text itself."""
    return next((choice for choice in choices if str(choice) == text), text)

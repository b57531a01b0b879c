"""A field of an agent's input: its control, what is in it, what is wrong with it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

from django.conf import settings
from django.http import QueryDict

from runs.models import AgentRun, Document
from runs.preflight import Preflight
from runs.shapes import Shape, label_of
from runs.storable import is_deep

LONG_TEXT: Final = 200
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
            case "text" | "long_text" if not (self.is_required or self.shape.is_nullable):
                self.value = text
            case _ if not text.strip():
                self.value, self.is_absent = None, True
            case "json":
                self.value = _parsed(text)
            case _:
                self.value = _meant(text, self.shape.choices)


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

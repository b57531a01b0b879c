"""The form for every kind of field an agent may declare."""

from __future__ import annotations

from datetime import date
from enum import Enum
from typing import Any, ClassVar, Literal

import pytest
from bs4 import BeautifulSoup
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.datastructures import MultiValueDict
from pydantic import BaseModel, Field, ValidationError

from runs.agents.base import Agent, AgentInput, Answer, DocumentReference, PolicyReference, RunContext
from runs.forms import InputForm
from runs.models import User


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Point(BaseModel):
    x: int


class EverythingInput(AgentInput):
    title: str
    story: str = Field("", max_length=5000)
    copies: int = Field(1, ge=1, le=9)
    share: float | None = Field(None, gt=0, lt=1)
    is_urgent: bool = False
    is_public: bool | None = None
    colour: Colour = Colour.RED
    size: Literal[1, 2, 3] = 2
    letters: list[Literal["a", "b", "c"]] = Field(default_factory=list)
    names: list[str] = Field(default_factory=list)
    day: date | None = None
    point: Point | None = None
    policy: PolicyReference | None = None
    document: DocumentReference


class EverythingOutput(BaseModel):
    pass


class Everything(Agent[EverythingInput, EverythingOutput]):
    name: ClassVar[str] = "everything"
    label: ClassVar[str] = "Everything"
    description: ClassVar[str] = "Takes everything."
    version: ClassVar[str] = "1"
    Input = EverythingInput
    Output = EverythingOutput

    def run(self, context: RunContext, input: EverythingInput) -> Answer[EverythingOutput]:
        raise NotImplementedError


DOCUMENT = "3f2b8f0e-7b1c-4f0e-9f5e-0c7a5b1d2e3f"
FILLED_IN = {
    "title": " A title ",
    "story": "Once\nupon",
    "copies": "3",
    "share": "0.25",
    "is_urgent": "on",
    "is_public": "false",
    "colour": "blue",
    "size": "3",
    "letters": ["a", "c"],
    "names": "Ann\r\n\r\n Bob ",
    "day": "2026-11-23",
    "point": '{"x": 4}',
    "policy": "contract-basics",
    "document": DOCUMENT,
}


def sent(user: User, fields: dict[str, Any]) -> InputForm:
    data = QueryDict(mutable=True)
    for name, value in fields.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return InputForm.sent(Everything(), user, data, MultiValueDict())


def rendered(form: InputForm, name: str) -> BeautifulSoup:
    field = next(each for each in form.fields if each.name == name)
    return BeautifulSoup(render_to_string("_field.html", {"field": field}), "lxml")


def test_what_is_filled_in_is_what_pydantic_understands(owner: User) -> None:
    understood = EverythingInput.model_validate(sent(owner, FILLED_IN).values)
    assert understood.model_dump(mode="json") == {
        "title": "A title",
        "story": "Once\nupon",
        "copies": 3,
        "share": 0.25,
        "is_urgent": True,
        "is_public": False,
        "colour": "blue",
        "size": 3,
        "letters": ["a", "c"],
        "names": ["Ann", "Bob"],
        "day": "2026-11-23",
        "point": {"x": 4},
        "policy": "contract-basics",
        "document": DOCUMENT,
    }


def test_what_is_left_empty_takes_its_default(owner: User) -> None:
    empty = dict.fromkeys(FILLED_IN, "") | {"title": "T", "document": DOCUMENT, "letters": []}
    del empty["is_urgent"]
    understood = EverythingInput.model_validate(sent(owner, empty).values)
    assert understood == EverythingInput(title="T", document=DOCUMENT)  # type: ignore[arg-type]


def test_what_is_required_and_missing_is_asked_for(owner: User) -> None:
    form = sent(owner, {})
    with pytest.raises(ValidationError) as refusal:
        EverythingInput.model_validate(form.values)
    form.complain(refusal.value.errors())
    assert {each.name: each.complaints for each in form.refused_fields} == {
        "title": ["Please fill this in."],
        "document": ["Please fill this in."],
    }


def test_a_fault_inside_a_list_names_the_line(owner: User) -> None:
    form = sent(owner, {})
    form.complain([{"type": "string_too_short", "loc": ("names", 1), "msg": "…", "ctx": {"min_length": 2}}])
    assert form.refused_fields[0].complaints == ["Line 2: Please give at least 2 characters."]


def test_a_fault_of_no_field_stands_above_the_form(owner: User) -> None:
    form = sent(owner, {})
    form.complain([{"type": "value_error", "loc": (), "msg": "Value error, these do not go together"}])
    assert form.complaints == ["these do not go together."]


@pytest.mark.parametrize(
    ("name", "selector"),
    [
        ("title", "input[type=text][required]"),
        ("story", "textarea[maxlength='5000']"),
        ("copies", "input[type=number][min='1'][max='9'][step='1']"),
        ("share", "input[type=number][step=any]"),
        ("is_urgent", "input[type=checkbox]"),
        ("is_public", "select option[value=true]"),
        ("colour", "select option[value=blue]"),
        ("size", "select option[value='3']"),
        ("letters", "fieldset input[type=checkbox][value=c]"),
        ("names", "textarea"),
        ("day", "input[type=date]"),
        ("point", "textarea.code"),
        ("policy", "select option[value=contract-basics]"),
        ("document", "input[type=file][name=document-file]"),
    ],
)
def test_every_kind_of_field_has_its_control_and_keeps_its_value(owner: User, name: str, selector: str) -> None:
    assert rendered(InputForm(Everything(), owner, {}), name).select_one(selector)
    assert rendered(sent(owner, FILLED_IN), name).select_one(selector)


@pytest.mark.parametrize(
    ("name", "selector"),
    [
        ("title", "[value=' A title ']"),
        ("is_urgent", "[checked]"),
        ("is_public", "option[value=false][selected]"),
        ("colour", "option[value=blue][selected]"),
        ("size", "option[value='3'][selected]"),
        ("letters", "[value=a][checked]"),
        ("policy", "option[value=contract-basics][selected]"),
    ],
)
def test_what_was_filled_in_is_shown_again(owner: User, name: str, selector: str) -> None:
    assert rendered(sent(owner, FILLED_IN), name).select_one(selector)


def test_json_that_is_none_is_shown_again_and_refused_by_pydantic(owner: User) -> None:
    form = sent(owner, {**FILLED_IN, "point": "{broken"})
    assert "{broken" in rendered(form, "point").get_text()
    with pytest.raises(ValidationError):
        EverythingInput.model_validate(form.values)


@pytest.mark.parametrize("text", ["[" * 50_000, "[" * 500 + "]" * 500, '{"x":' * 300 + "1" + "}" * 300])
def test_json_that_is_nested_without_end_is_refused_like_none(owner: User, text: str) -> None:
    form = sent(owner, {**FILLED_IN, "point": text})
    assert form.values["point"] == text
    with pytest.raises(ValidationError):
        EverythingInput.model_validate(form.values)


def test_a_document_without_a_sample_must_be_chosen(owner: User) -> None:
    assert "Please choose" in rendered(InputForm(Everything(), owner, {}), "document").get_text()

"""Reading a request for a run: JSON, or a form that brings the document itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from ninja.errors import HttpError, ValidationError
from pydantic import ValidationError as Invalid

from runs import agents, uploads
from runs.api.bodies import read_json
from runs.api.description import FORM, JSON, body_of
from runs.api.problems import Refused, refusal_of
from runs.errors import AgentSiteError
from runs.inputs import fields_of_format
from runs.limits import permitted_agent
from runs.models import Document, User
from runs.schemas import DocumentBrief, RunRequest

DOCUMENT_FIELDS: Final = sorted(
    {name for each in agents.AGENTS.values() for name in fields_of_format(each, "document")}
)
"""What the agents call their documents."""


def described_form() -> dict[str, Any]:
    """The form as a JSON schema: what JSON has, and the files."""
    shape = RunRequest.model_json_schema()
    text = {
        "type": "string",
        "contentMediaType": JSON,
        "description": "What the agent's input_schema asks for, as JSON, without what is sent as a file.",
    }
    file = {
        "type": "string",
        "format": "binary",
        "description": "The document, under the name of the agent's field for it; it is kept as by an upload.",
    }
    shape["properties"] = {**shape["properties"], "input": text, **dict.fromkeys(DOCUMENT_FIELDS, file)}
    return shape


DESCRIBED: Final = body_of({JSON: RunRequest, FORM: described_form()})


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for. ``documents`` are those it has brought, by their fields' names."""

    run: RunRequest
    documents: Mapping[str, Document] = field(default_factory=dict)

    @property
    def input(self) -> dict[str, Any]:
        return {**self.run.input, **{name: str(document.pk) for name, document in self.documents.items()}}

    @property
    def mark(self) -> dict[str, Any]:
        """What tells it from other requests: of files their content, whatever they are called."""
        files = {name: document.sha256 for name, document in self.documents.items()}
        return {**self.run.model_dump(mode="json"), **({"files": files} if files else {})}


def read_trigger(request: HttpRequest, user: User) -> Asked:
    """What ``request`` asks for, its files kept as documents of ``user``'s.

    Whatever is wrong beyond the files themselves is said with the documents they have become.
    """
    if request.content_type != FORM:
        return Asked(_validated(_read_body(request)))
    documents = _kept(request, user)
    with telling_of(request, documents):
        return Asked(_read_form(request, documents), documents)


@contextmanager
def telling_of(request: HttpRequest, documents: Mapping[str, Document]) -> Iterator[None]:
    """Have a refusal of the block name the documents that were uploaded with the request: nothing is lost."""
    try:
        yield
    except (AgentSiteError, ValidationError) as error:
        if not documents:
            raise
        context = {"request": request}
        shown = {
            name: DocumentBrief.model_validate(document, context=context).model_dump()
            for name, document in documents.items()
        }
        refusal = refusal_of(request, error)
        raise Refused(replace(refusal, members={**refusal.members, "documents": shown})) from error


def _read_body(request: HttpRequest) -> Any:
    body = request.body
    if not body:
        raise _faulty((), "missing", "Field required")
    try:
        return read_json(body)
    except ValueError as fault:
        raise HttpError(400, "There was an error parsing the body") from fault


def _kept(request: HttpRequest, user: User) -> dict[str, Document]:
    """The files, each a document now. Nothing is kept where the agent is unknown or takes no such file.

    What else is wrong is found later, when they are safe.
    """
    agent = permitted_agent(user, _single(request, "agent"))
    names = fields_of_format(agent, "document")
    for name in request.FILES:
        if name not in names:
            raise _faulty((name,), "extra_forbidden", f"{agent.label} takes no file of this name.")
        if len(request.FILES.getlist(name)) > 1:
            raise _faulty((name,), "given_twice", "This can be given only once")
    return {name: uploads.keep(cast("UploadedFile[bytes]", request.FILES[name]), user) for name in request.FILES}


def _read_form(request: HttpRequest, documents: Mapping[str, Document]) -> RunRequest:
    given: dict[str, Any] = {name: _single(request, name) for name in request.POST}
    if misplaced := next((name for name in given if name in DOCUMENT_FIELDS), None):
        message = "Send a file here, or the document's id in the input."
        raise _faulty((misplaced,), "file_expected", message)
    if "input" in given:
        given["input"] = _read_input(given["input"])
    run = _validated(given)
    for name in documents:
        if name in run.input:
            raise _faulty(("input", name), "given_twice", "This is given as a file, too.")
    return run


def _single(request: HttpRequest, name: str) -> str:
    values = request.POST.getlist(name)
    if not values:
        raise _faulty((name,), "missing", "Field required")
    if len(values) > 1:
        raise _faulty((name,), "given_twice", "This can be given only once")
    return str(values[0])


def _read_input(text: str) -> Any:
    try:
        return read_json(text.encode("utf-8", "surrogatepass"))
    except ValueError as fault:
        raise _faulty(("input",), "json_invalid", f"This is not JSON that can be read: {fault}.") from None


def _validated(value: Any) -> RunRequest:
    try:
        return RunRequest.model_validate(value)
    except Invalid as invalid:
        errors = invalid.errors(include_url=False)
        raise ValidationError([{**error, "loc": ("body", *error["loc"])} for error in errors]) from None


def _faulty(place: tuple[str, ...], kind: str, message: str) -> ValidationError:
    return ValidationError([{"type": kind, "loc": ("body", *place), "msg": message}])

"""What the API says of itself, and holding requests to it.

What the description does not name is refused: parameters, fields of forms, kinds of bodies.
So a new endpoint is strict by itself, and what is described is what is read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode

from runs.api.bodies import is_json
from runs.api.problems import PROBLEM_JSON, Refused, type_of, wrong_fields, wrong_media_type
from runs.schemas import Problem

JSON = "application/json"
FORM = "multipart/form-data"
METHODS: Final = ("get", "post", "put", "patch", "delete")
OF_ALL: Final = (401, 403, 422, 429, 503)
"""What any endpoint can answer: no token, no scope, a wrong parameter, too often, no database."""
WITH_A_BODY: Final = (400, 413, 415)
WITH_AN_ID: Final = (404,)
IN_A_ROUTE = re.compile(r"<(?:\w+:)?(\w+)>")

SAID: Final[Mapping[int, tuple[str, str, str]]] = {
    400: ("invalid_json", "The body can not be read.", "The body is not JSON: Expecting value at character 0."),
    401: ("not_signed_in", "No token that opens anything.", "Give a token: Authorization: Bearer <token>"),
    403: ("not_allowed", "The token or its user may not do this.", "This token lacks the scope runs:write."),
    404: ("not_found", "It does not exist, or is not yours to see: the answer is the same.", "Not Found"),
    409: ("wrong_status", "It can not be done as things stand.", "This run can not be cancelled: it is completed."),
    413: ("too_large", "The request is too large.", "The request is larger than this site accepts."),
    415: (
        "unsupported_media_type",
        "The body is declared as something that is not read here.",
        "Send the body as application/json, and say so by the header Content-Type.",
    ),
    422: (
        "invalid_request",
        "Fields or parameters are wrong, missing or unknown.",
        "query.cursors: Extra inputs are not permitted",
    ),
    429: (
        "rate_limited",
        "Too many requests in a minute, or too many runs in a minute or a day.",
        "Requests were made faster than 1200 a minute. The next is possible in 1 second.",
    ),
    503: (
        "database_unavailable",
        "Not at the moment. Nothing is lost.",
        "The database cannot be reached at the moment. Nothing is lost; please try again shortly.",
    ),
}
"""An example for each status: its code, what the status means here, and the sentence."""
HEADERS: Final[Mapping[int, Mapping[str, str]]] = {
    401: {"WWW-Authenticate": "Bearer"},
    415: {"Accept": "What is read here."},
    429: {"Retry-After": "When to ask again, in seconds."},
    503: {"Retry-After": "When to ask again, in seconds, where that is known."},
}


def complete(schema: dict[str, Any]) -> None:
    """Add to a description what no endpoint says for itself: the refusals it shares with others."""
    problem = _schema(Problem, mode="serialization")
    schema["components"]["schemas"].update(problem.pop("$defs"), Problem=problem)
    schema["components"]["responses"] = {str(status): _refusal(status) for status in SAID}
    for path, _, operation in operations(schema):
        if "requestBody" in operation:
            # A copy: the original is the endpoint's own, and is described again for the next who asks.
            operation["requestBody"] = body = deepcopy(operation["requestBody"])
            for content in body["content"].values():
                schema["components"]["schemas"].update(content["schema"].pop("$defs", {}))
            if FORM in body["content"]:
                body["content"][FORM]["schema"]["additionalProperties"] = False
        if path.startswith("/api/"):
            for status in _refusals_of(operation):
                operation["responses"].setdefault(status, {"$ref": f"#/components/responses/{status}"})
            operation["responses"] = dict(sorted(operation["responses"].items()))


def operations(schema: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and description of every endpoint."""
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _refusals_of(operation: Mapping[str, Any]) -> Iterable[int]:
    has_id = any(parameter["in"] == "path" for parameter in operation["parameters"])
    has_body = "requestBody" in operation
    return (*OF_ALL, *(WITH_A_BODY if has_body else ()), *(WITH_AN_ID if has_id else ()))


def _refusal(status: int) -> dict[str, Any]:
    code, meaning, sentence = SAID[status]
    title = HTTPStatus(status).phrase
    example = {"type": type_of(code), "title": title, "status": status, "detail": sentence, "code": code}
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:
        fault = {"loc": ["query", "cursors"], "msg": "Extra inputs are not permitted", "type": "extra_forbidden"}
        example["errors"] = [fault]
    example["request_id"] = "0f8fad5b-d9cb-469f-a165-70867728950e"
    headers = {
        name: {"description": said, "schema": {"type": "string"}} for name, said in HEADERS.get(status, {}).items()
    }
    content = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}}
    return {"description": meaning, "content": content, **({"headers": headers} if headers else {})}


def _schema(shape: type[BaseModel], mode: JsonSchemaMode = "validation") -> dict[str, Any]:
    return shape.model_json_schema(mode=mode, ref_template="#/components/schemas/{model}")


def body_of(content: Mapping[str, type[BaseModel] | dict[str, Any]], *, required: bool = True) -> dict[str, Any]:
    """The description of a body that an endpoint reads itself: a shape, or a JSON schema, for each media type."""
    described = {
        media_type: {"schema": shape if isinstance(shape, dict) else _schema(shape)}
        for media_type, shape in content.items()
    }
    return {"required": required, "content": described}


@dataclass(frozen=True, slots=True)
class Expected:
    """What an endpoint reads of a request."""

    parameters: frozenset[str]
    lists: frozenset[str]
    media_types: tuple[str, ...]
    form_fields: frozenset[str]

    @classmethod
    def of(cls, operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> Expected:
        """As the description has it."""
        asked = [parameter for parameter in operation["parameters"] if parameter["in"] == "query"]
        content = operation.get("requestBody", {}).get("content", {})
        form = content.get(FORM, {}).get("schema", {})
        while "$ref" in form:
            form = schemas[form["$ref"].rpartition("/")[2]]
        return cls(
            frozenset(parameter["name"] for parameter in asked),
            frozenset(parameter["name"] for parameter in asked if parameter["schema"].get("type") == "array"),
            tuple(content),
            frozenset(form.get("properties", ())),
        )


def expectations(schema: Mapping[str, Any]) -> dict[tuple[str, str], Expected]:
    """What each endpoint of ``/api/`` reads, by method and path."""
    schemas = schema["components"]["schemas"]
    return {
        (method.upper(), path): Expected.of(operation, schemas)
        for path, method, operation in operations(schema)
        if path.startswith("/api/")
    }


def path_of(request: HttpRequest) -> str:
    """The path of the endpoint that was found for the request, as the description writes it."""
    match = request.resolver_match
    return "" if match is None else "/" + IN_A_ROUTE.sub(r"{\1}", match.route)


def refuse_unexpected(request: HttpRequest, expected: Expected) -> None:
    """Raise ``Refused`` for what the endpoint does not read: ignored, a typing error would pass for a choice."""
    faults = [_unknown("query", name) for name in request.GET if name not in expected.parameters]
    faults += [
        {"type": "given_twice", "loc": ("query", name), "msg": "This can be given only once"}
        for name, values in request.GET.lists()
        if len(values) > 1 and name in expected.parameters - expected.lists
    ]
    if expected.media_types and _has_body(request):
        if not _is_declared(request, expected.media_types):
            raise Refused(wrong_media_type(expected.media_types))
        if request.content_type == FORM:
            sent = [*request.POST, *request.FILES]
            faults += [_unknown("body", name) for name in sent if name not in expected.form_fields]
    if faults:
        raise Refused(wrong_fields(faults))


def _unknown(source: str, name: str) -> dict[str, Any]:
    return {"type": "extra_forbidden", "loc": (source, name), "msg": "Extra inputs are not permitted"}


def _has_body(request: HttpRequest) -> bool:
    return request.headers.get("Content-Length", "0") not in ("", "0") or "Transfer-Encoding" in request.headers


def _is_declared(request: HttpRequest, media_types: Collection[str]) -> bool:
    return (request.content_type or "") in media_types or (JSON in media_types and is_json(request))

"""JSON, in and out: nothing that is sent can make an answer fail."""

from __future__ import annotations

import json
import math
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser
from ninja.renderers import JSONRenderer
from ninja.types import DictStrAny

from runs.storable import is_deep


def is_json(request: HttpRequest) -> bool:
    """Whether the body is declared as JSON: ``application/json`` or ``application/…+json``."""
    main, _, sub = (request.content_type or "").partition("/")
    return main == "application" and (sub == "json" or sub.endswith("+json"))


def read_json(body: bytes) -> Any:
    """The value that ``body`` holds. Numbers too large for a float, and NaN, become null.

    Raises ``json.JSONDecodeError`` with a position where it is not JSON, and another
    ``ValueError`` where it is not text, or too large or deep to be handled.
    """
    try:
        value = json.loads(body, parse_float=_finite, parse_constant=lambda _: None)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if is_deep(value):
        raise ValueError("nested too deeply")
    return value


def _finite(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None


class JsonParser(Parser):
    """Reads the bodies of ``/api/v1/``."""

    def parse_body(self, request: HttpRequest) -> DictStrAny:
        body: DictStrAny = read_json(request.body)
        return body


class JsonRenderer(JSONRenderer):
    """Text as it is, not as escapes; a lone surrogate, which UTF-8 cannot hold, as its escape."""

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return write_json(data)


def write_json(data: Any) -> bytes:
    """``data`` as compact JSON in UTF-8."""
    text = json.dumps(data, cls=JSONRenderer.encoder_class, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace")

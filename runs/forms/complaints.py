"""Pydantic's errors in plain words, for the person who filled in the form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

SENTENCES: Final = {
    "missing": "Please fill this in.",
    "int_parsing": "Please give a whole number.",
    "int_type": "Please give a whole number.",
    "int_from_float": "Please give a whole number, without a fraction.",
    "float_parsing": "Please give a number.",
    "float_type": "Please give a number.",
    "finite_number": "Please give a finite number.",
    "decimal_parsing": "Please give a number.",
    "bool_parsing": "Please choose yes or no.",
    "string_type": "Please give a text.",
    "string_too_short": "Please give at least {min_length} characters.",
    "string_too_long": "Please give at most {max_length} characters.",
    "string_pattern_mismatch": "This does not have the expected form.",
    "too_short": "Please give at least {min_length}.",
    "too_long": "Please give at most {max_length}.",
    "greater_than": "This must be more than {gt}.",
    "greater_than_equal": "This must be at least {ge}.",
    "less_than": "This must be less than {lt}.",
    "less_than_equal": "This must be at most {le}.",
    "literal_error": "Please choose one of {expected}.",
    "enum": "Please choose one of {expected}.",
    "uuid_parsing": "This is not one of the choices.",
    "date_from_datetime_parsing": "Please give a date, as in 2026-11-23.",
    "date_parsing": "Please give a date, as in 2026-11-23.",
    "list_type": "Please give a list.",
    "extra_forbidden": "This is not known here.",
    "dict_type": "Please give an object, written as JSON.",
    "model_type": "Please give an object, written as JSON.",
}


def complaint(error: Mapping[str, Any]) -> str:
    """One sentence for one of pydantic's errors, with the line where a list is at fault, and what of the line."""
    sentence = SENTENCES.get(error["type"], "")
    context = {name: _readable(value) for name, value in error.get("ctx", {}).items()}
    text = sentence.format_map(context) if sentence else _own_words(str(error["msg"]))
    inner = [part for part in error["loc"][1:] if isinstance(part, int)]
    of_line = [part.replace("_", " ") for part in error["loc"][2:] if isinstance(part, str)]
    return f"{', '.join([f'Line {inner[0] + 1}', *of_line])}: {text}" if inner else text


def _readable(value: Any) -> Any:
    """A limit without a fraction of nothing, a list of choices without the empty one."""
    match value:
        case float():
            return f"{value:g}"
        case str():
            return value.removeprefix("'', ")
        case _:
            return value


def _own_words(message: str) -> str:
    text = message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return text if text.endswith((".", "!", "?")) else f"{text}."

"""A command's options for an agent's input, made from the agent's ``Input``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.files import File

from runs import uploads
from runs.agents.base import Agent
from runs.inputs import fields_of_format
from runs.models import User
from runs.shapes import Shape, shape_of
from runs.terminal.asking import refused

PREFIX = "input_"
JSON_TYPES = ("array", "object", "")


def add_input_options(parser: argparse.ArgumentParser, agent: Agent[Any, Any]) -> None:
    """Offer every field of ``agent``'s input as an option.

    A field whose name is taken by an option of the command's own is left to ``--set``.
    """
    group = parser.add_argument_group(f"input of {agent.label}")
    documents = fields_of_format(agent, "document")
    for name, shape in shape_of(agent.Input).fields.items():
        flag = f"--{name.replace('_', '-')}"
        try:
            group.add_argument(
                flag, dest=PREFIX + name, default=argparse.SUPPRESS, **_control(shape, name in documents)
            )
        except argparse.ArgumentError:
            continue


def _control(shape: Shape, is_document: bool) -> dict[str, Any]:
    words = [str(shape.schema.get("description", ""))]
    if shape.schema.get("default") is not None:
        words.append(f"Default: {json.dumps(shape.schema['default'])}.")
    control: dict[str, Any] = {"help": " ".join(filter(None, words)).replace("%", "%%")}
    if is_document:
        return {**control, "metavar": "FILE-OR-ID"}
    if shape.type == "boolean":
        return {**control, "action": argparse.BooleanOptionalAction}
    if shape.choices:
        return {**control, "choices": [str(choice) for choice in shape.choices]}
    return {**control, "metavar": "JSON-OR-@FILE" if shape.type in JSON_TYPES else shape.type.upper()}


def input_asked(agent: Agent[Any, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """What was asked for: ``--input``, overlaid by ``--set``, overlaid by the fields' own options."""
    fields = shape_of(agent.Input).fields
    values = {**_object(options["input"]), **_pairs(options["set"] or ())}
    values |= {name.removeprefix(PREFIX): value for name, value in options.items() if name.startswith(PREFIX)}
    return {name: _value(value, fields.get(name)) for name, value in values.items()}


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise refused(f"--input is not JSON: {error}.") from None
    if not isinstance(value, dict):
        raise refused('--input must be a JSON object, for example \'{"act": "succeed"}\'.')
    return value


def _pairs(pairs: Iterable[str]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise refused(f"--set {pair!r} has no value: write field=value.")
        found[name.strip().replace("-", "_")] = value
    return found


def _value(value: Any, shape: Shape | None) -> Any:
    """Text that stands for a list, an object or null as what it stands for; the rest is pydantic's to read."""
    if not isinstance(value, str) or shape is None:
        return value
    if shape.is_nullable and value in ("", "null"):
        return None
    if shape.type not in JSON_TYPES:
        return value
    text = _of_file(value) if value.startswith("@") else value
    try:
        return json.loads(text)
    except ValueError:
        return value


def _of_file(value: str) -> str:
    """What stands in the file that ``@FILE`` names."""
    path = Path(value.removeprefix("@")).expanduser()
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise refused(f"{path}: {getattr(error, 'strerror', None) or 'it is no text'}.") from None


def with_documents_kept(agent: Agent[Any, Any], values: Mapping[str, Any], user: User) -> dict[str, Any]:
    """``values`` with every file named in them kept as a document of ``user``'s. Raises ``DocumentRefused``."""
    kept = dict(values)
    for name in fields_of_format(agent, "document"):
        if isinstance(kept.get(name), str):
            kept[name] = _document(kept[name], user)
    return kept


def _document(text: str, user: User) -> str:
    path = Path(text).expanduser()
    try:
        with path.open("rb") as file:
            return str(uploads.keep(File(file), user, name=path.name).pk)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise refused(f"{text}: {error.strerror or error}.") from None
    try:
        return str(UUID(text))
    except ValueError:
        raise refused(f"{text!r} is neither a file nor the id of a document.") from None

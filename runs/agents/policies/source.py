"""The text of a policy as plain data: YAML or JSON, read without trust.

Only the writing is judged here (size, syntax, doubled keys, aliases); what the
rules say is judged in ``rules``. Whoever edits a policy gets one sentence that
names the line.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from runs.errors import PolicyRefused

MAX_BYTES = 200_000
MAX_DEPTH = 20


@dataclass(frozen=True, slots=True)
class Source:
    """A policy's data, and the way from a place in it back to a line of the text."""

    data: Any
    node: yaml.Node | None = None

    def line_of(self, path: Sequence[str | int]) -> int | None:
        """Return the line, counted from 1, of the deepest part of ``path`` that exists; None for JSON.

        Steps that lead nowhere are skipped: pydantic names the kind of a rule in the middle of its paths.
        """
        if self.node is None:
            return None
        node = self.node
        for step in path:
            node = _child(node, step) or node
        return int(node.start_mark.line) + 1


def load(text: str) -> Source:
    """Read YAML or JSON. Raises ``PolicyRefused`` with one sentence that names the line."""
    text = text.removeprefix("\ufeff")
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise PolicyRefused(f"The policy is larger than {MAX_BYTES // 1000} KB.")
    if not text.strip():
        raise PolicyRefused("The policy is empty.")
    try:
        return _load_json(text) if text.lstrip().startswith("{") else _load_yaml(text)
    except RecursionError:
        raise PolicyRefused("The policy is nested too deeply.") from None


def _load_json(text: str) -> Source:
    try:
        return Source(json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant))
    except json.JSONDecodeError as error:
        raise PolicyRefused(f"Line {error.lineno}: this is not valid JSON: {_lower_first(error.msg)}.") from None
    except ValueError as error:
        raise PolicyRefused(f"This is not valid JSON: {_first_line(error)}.") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise PolicyRefused(f"The key {key!r} stands twice in one object.")
        result[key] = value
    return result


def _refuse_constant(name: str) -> None:
    raise PolicyRefused(f"{name} is not a number a policy can use.")


def _load_yaml(text: str) -> Source:
    try:
        loader = _StrictLoader(text)
    except yaml.YAMLError as error:
        raise PolicyRefused(f"This is not valid YAML: {_first_line(error)}.") from None
    try:
        node = loader.get_single_node()
        return Source(loader.construct_document(node) if node else None, node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"Line {mark.line + 1}: " if mark else ""
        raise PolicyRefused(f"{where}this is not valid YAML: {error.problem or error.context}.") from None
    except (yaml.YAMLError, ValueError) as error:
        # ValueError: a date such as 2026-13-45, or an integer of thousands of digits.
        raise PolicyRefused(f"This is not valid YAML: {_first_line(error)}.") from None
    finally:
        loader.dispose()


class _StrictLoader(yaml.SafeLoader):
    """Safe YAML without aliases (a few lines of which make gigabytes) and without doubled keys."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="aliases (*name) are not allowed in a policy", problem_mark=mark)
        if self.depth > MAX_DEPTH:
            raise yaml.MarkedYAMLError(problem="it is nested too deeply", problem_mark=mark)
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen if isinstance(key, yaml.ScalarNode) else False:
                problem = f"the key {key.value!r} stands twice"
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def _child(node: yaml.Node, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item: yaml.Node = node.value[step]
        return item
    if isinstance(node, yaml.MappingNode):
        found: Mapping[str, yaml.Node] = {key.value: key for key, _ in node.value if isinstance(key, yaml.ScalarNode)}
        values = {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}
        # A scalar begins on its key's line unless folded; a block begins on the next, so the key is named.
        value = values.get(str(step))
        return value if isinstance(value, yaml.CollectionNode) else found.get(str(step))
    return None


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".")


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]

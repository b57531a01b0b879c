"""From what a caller sent to what a run stores.

The agent's ``Input`` is the only judge of form; this module adds what needs the
database: that the document is the user's and that the policy exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from runs import policies
from runs.agents.base import Agent
from runs.errors import InvalidInput, NotFound
from runs.models import Document, Policy, User
from runs.storable import storable_json


@dataclass(frozen=True, slots=True)
class PreparedInput:
    """An input that fits: ``values`` as JSON with all defaults, and what it refers to."""

    values: dict[str, Any]
    document: Document | None
    policy: Policy | None

    @property
    def policy_hash(self) -> str:
        """The hash of the policy's content; empty without one."""
        return self.policy.content_hash if self.policy else ""


def prepare(agent: Agent[Any, Any], raw: Mapping[str, Any], user: User) -> PreparedInput:
    """Check ``raw`` against the agent's ``Input`` and find what it refers to.

    Raises ``InvalidInput`` with an entry for every fault.
    """
    try:
        values = agent.Input.model_validate(storable_json(raw)).model_dump(mode="json")
    except ValidationError as error:
        raise InvalidInput(error.errors(include_url=False)) from None
    except ValueError as error:
        raise InvalidInput([{"type": "json_invalid", "loc": (), "msg": str(error), "input": None}]) from None
    return PreparedInput(values, document=_document(agent, values, user), policy=_policy(agent, values))


def fields_of_format(agent: Agent[Any, Any], format: str) -> list[str]:
    """The names of the input fields of one ``format``: ``document`` or ``policy``."""
    fields = agent.Input.model_fields.items()
    return [name for name, field in fields if format in _formats(field.json_schema_extra, field.annotation)]


def _formats(extra: Any, annotation: Any) -> set[str]:
    """The formats a field's own declaration and those inside its annotation (as in ``X | None``) name."""
    found = {extra["format"]} if isinstance(extra, dict) and "format" in extra else set()
    for inner in (*getattr(annotation, "__metadata__", ()), *getattr(annotation, "__args__", ())):
        found |= _formats(getattr(inner, "json_schema_extra", None), inner)
    return found


def _document(agent: Agent[Any, Any], values: Mapping[str, Any], user: User) -> Document | None:
    for field in fields_of_format(agent, "document"):
        if values[field] is None:
            continue
        document = Document.objects.filter(pk=values[field], owner=user).first()
        if document is None:
            raise _fault(field, "You have no document with this id.", values[field])
        return document
    return None


def _policy(agent: Agent[Any, Any], values: dict[str, Any]) -> Policy | None:
    for field in fields_of_format(agent, "policy"):
        if values[field] is None:
            continue
        try:
            return policies.resolve(values[field])
        except NotFound as error:
            raise _fault(field, error.sentence, values[field]) from None
    return None


def _fault(field: str, sentence: str, value: Any) -> InvalidInput:
    return InvalidInput([{"type": "value_error", "loc": (field,), "msg": sentence, "input": value}])

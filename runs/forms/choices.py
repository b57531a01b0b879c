"""The values a field can have, where there is a list of them."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from runs import access, policies
from runs.agents.base import Agent
from runs.forms.fields import Choice, InputField
from runs.models import Document, User

RECENT_DOCUMENTS: Final = 20
NOT_TAKEN: Final = "not-taken"
"""In place of "the sample" after a file was refused: nobody who sent a file means the sample."""


def choices_of(each: InputField, agent: Agent[Any, Any], user: User) -> list[Choice]:
    nothing = [Choice("", "No choice")] if each.shape.is_nullable or each.is_required else []
    match each.control:
        case "choice" if each.shape.type == "boolean":
            return [*nothing, Choice("true", "Yes"), Choice("false", "No")]
        case "choice":
            return [*nothing, *(Choice(str(value), str(value)) for value in each.shape.choices)]
        case "choices":
            return [Choice(str(value), str(value)) for value in each.shape.items.choices]
        case "policy":
            return [*nothing, *_policy_choices(each)]
        case "document":
            return document_choices(each, agent, user)
        case _:
            return []


def _policy_choices(each: InputField) -> list[Choice]:
    choices = [Choice(policy.name, f"{policy.title} (version {policy.version})") for policy in policies.latest()]
    if each.text and each.text not in [choice.value for choice in choices]:
        choices.append(Choice(each.text, each.text))
    return choices


def document_choices(each: InputField, agent: Agent[Any, Any], user: User) -> list[Choice]:
    own = access.own_documents(user)
    documents = list(own[:RECENT_DOCUMENTS])
    chosen = _uuid(each.value)
    if chosen is not None and chosen not in [document.pk for document in documents]:
        documents = [*own.filter(pk=chosen), *documents]
    refused = [Choice(NOT_TAKEN, "Please choose: your file was not taken")] if each.value == NOT_TAKEN else []
    return [
        *refused,
        Choice("", _without_document(each, agent)),
        *(_document_choice(document) for document in documents),
    ]


def _without_document(each: InputField, agent: Agent[Any, Any]) -> str:
    if each.is_required or not each.shape.is_nullable:
        return "Please choose"
    return f"The bundled sample ({agent.sample.name})" if agent.sample else "No document"


def _document_choice(document: Document) -> Choice:
    return Choice(str(document.pk), f"{document.name} · {document.uploaded_at:%-d %b %Y}", document)


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None

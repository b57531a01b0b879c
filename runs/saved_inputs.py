"""Keeping an input to run on later: as a draft, or under a name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from runs.agents.base import Agent
from runs.errors import InputNotKept, NotFound
from runs.inputs import fields_of_format
from runs.models import Document, SavedInput, User
from runs.storable import json_size, storable_json, storable_text

LARGEST: Final = 512 * 1024
MOST_NAMED: Final = 50
"""For each user and agent; the oldest are not taken away, for somebody has named them."""
MOST_DRAFTS: Final = 20
"""For each user; the oldest go."""
LONGEST_NAME: Final = 60


def own(user: User) -> QuerySet[SavedInput]:
    """All that ``user`` has kept, newest first, without the inputs themselves."""
    return SavedInput.objects.filter(user=user).select_related("document").defer("input")


def drafts(user: User) -> QuerySet[SavedInput]:
    """What ``user`` has kept as a draft, newest first."""
    return own(user).filter(name="")


def one(user: User, saved_id: UUID) -> SavedInput:
    """One of ``user``'s, with its input. Raises ``NotFound``."""
    found = SavedInput.objects.filter(user=user, pk=saved_id).first()
    if found is None:
        raise NotFound("There is no such saved input.")
    return found


@contextmanager
def one_at_a_time(user_id: UUID) -> Iterator[None]:
    """A transaction that holds the row of the user: of many at once, none goes beyond a limit."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user_id)
        yield


def keep_draft(user: User, agent: Agent[Any, Any], values: Mapping[str, Any]) -> SavedInput:
    """Keep ``values`` as a draft; of very many drafts the oldest go. Raises ``InputNotKept``."""
    kept = _made(user, agent, values)
    with one_at_a_time(user.pk):
        kept.save(force_insert=True)
        drafts = SavedInput.objects.filter(user=user, name="")
        newest = list(drafts.values_list("pk", flat=True)[:MOST_DRAFTS])
        drafts.exclude(pk__in=newest).delete()
    return kept


def keep_named(user: User, agent: Agent[Any, Any], values: Mapping[str, Any], name: str) -> SavedInput:
    """Keep ``values`` under a name at once; no draft goes for it. Raises ``InputNotKept``."""
    kept = _made(user, agent, values)
    _give_name(kept, name)
    return kept


def rename(saved: SavedInput, name: str) -> None:
    """Give ``saved`` another name; a draft becomes a preset by its first. Raises ``InputNotKept``."""
    _give_name(saved, name)


def discard_draft(user: User, saved_id: UUID) -> None:
    """A draft has become a run. One with a name stays."""
    SavedInput.objects.filter(user=user, pk=saved_id, name="").delete()


def _give_name(saved: SavedInput, name: str) -> None:
    """Write ``saved`` with a name."""
    former, saved.name = saved.name, _checked_name(name)
    named = SavedInput.objects.filter(user=saved.user_id, agent=saved.agent).exclude(name="")
    try:
        with one_at_a_time(saved.user_id):
            if not former and len(named[:MOST_NAMED]) == MOST_NAMED:
                raise InputNotKept(f"You have {MOST_NAMED} saved inputs of this agent: delete one first.")
            saved.save(force_insert=saved._state.adding, update_fields=None if saved._state.adding else ["name"])
    except IntegrityError:
        raise InputNotKept(f"Another saved input of this agent is named “{saved.name}”: delete that first.") from None


def _made(user: User, agent: Agent[Any, Any], values: Mapping[str, Any]) -> SavedInput:
    try:
        input = storable_json(values)
    except ValueError:
        raise InputNotKept("This can not be kept: it is not JSON.") from None
    if json_size(input) > LARGEST:
        raise InputNotKept(f"This is too large to be kept: at most {LARGEST // 1024} KB can be.")
    return SavedInput(user=user, agent=agent.name, input=input, document=_document(user, agent, input))


def _document(user: User, agent: Agent[Any, Any], input: Mapping[str, Any]) -> Document | None:
    for field in fields_of_format(agent, "document"):
        try:
            given = UUID(str(input.get(field)))
        except ValueError:
            continue
        return Document.objects.filter(pk=given, owner=user).first()
    return None


def _checked_name(given: str) -> str:
    name = storable_text(" ".join(given.split()))
    if not name:
        raise InputNotKept("Please give it a name.")
    if len(name) > LONGEST_NAME:
        raise InputNotKept(f"Please give it a name of at most {LONGEST_NAME} characters.")
    return name

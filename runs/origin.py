"""Where what happens comes from: which request, from which address, by whom, about which run.

Held beside the thread or the task that does it, so that logs, audit and refusals can name it
without being handed it. Set where work comes in: a request, a delivery, a command.
"""

from __future__ import annotations

import getpass
import os
import re
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

HEADER: Final = "X-Request-ID"
LONGEST_REQUEST_ID: Final = 64
SERVERS: Final = ("up", "qcluster", "runserver")
WELL_FORMED: Final = re.compile(rf"[A-Za-z0-9._-]{{1,{LONGEST_REQUEST_ID}}}")


@dataclass(frozen=True, slots=True)
class Origin:
    """What is known of it; empty where it is not."""

    request_id: str = ""
    address: str = ""
    user_id: UUID | None = None
    user_name: str = ""
    token_prefix: str = ""
    run_id: UUID | None = None


NOWHERE: Final = Origin()

_here: ContextVar[Origin] = ContextVar("origin", default=NOWHERE)


def here() -> Origin:
    """What is known of whatever is being done now."""
    return _here.get()


@contextmanager
def coming_from(**facts: Any) -> Iterator[Origin]:
    """Have ``facts``, and nothing from around, known inside."""
    token = _here.set(Origin(**facts))
    try:
        yield here()
    finally:
        _here.reset(token)


@contextmanager
def of_command(name: Sequence[str]) -> Iterator[None]:
    """What a command does is told as done by whoever typed it; what serves others says whom it serves."""
    if not name or name[0] in SERVERS:
        yield
        return
    try:
        who = getpass.getuser()
    except (KeyError, OSError):
        who = str(os.getuid())
    with coming_from(request_id=new_request_id(), user_name=f"{who} (command {name[0]})"[:150]):
        yield


def note_user(user_id: UUID, name: str, token_prefix: str = "") -> None:  # nosec B107
    """Say whose request it has turned out to be; where there is none, nobody would take it back."""
    if here() is not NOWHERE:
        _here.set(replace(here(), user_id=user_id, user_name=name, token_prefix=token_prefix))


def request_id_from(given: str) -> str:
    """The id a proxy has ``given`` the request, where it is well formed; else a new one."""
    return given if WELL_FORMED.fullmatch(given) else new_request_id()


def new_request_id() -> str:
    return uuid.uuid4().hex

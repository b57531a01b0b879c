"""From what was typed to whom and what it means; from a refusal to a sentence and an exit code."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from uuid import UUID

from django.core.management.base import CommandError
from django.db import InterfaceError, OperationalError
from django.db.models import Q

from runs.errors import AgentSiteError, AlreadyRunning, InvalidInput, SeatTaken
from runs.filters import begins_with
from runs.forms import complaint
from runs.models import AgentRun, User

SHORTEST_BEGINNING = 6
NAMED_AT_MOST = 5
TRY_LATER = (409, 503)


class ExitCode(IntEnum):
    """What a command's exit code says."""

    COMPLETED = 0
    FAILED = 1
    REFUSED = 2
    CANCELLED = 3
    CONFLICT = 4
    NOT_FOLLOWED = 5
    INTERRUPTED = 130


@contextmanager
def refusals() -> Iterator[None]:
    """Turn a refusal of the core into one sentence on standard error, and its exit code.

    Meanwhile the core's log is kept to warnings: the command itself says what it does.
    """
    core = logging.getLogger("runs")
    level = core.level
    core.setLevel(logging.WARNING)
    try:
        yield
    except (AlreadyRunning, SeatTaken) as refusal:
        raise CommandError(_conflict(refusal), returncode=ExitCode.CONFLICT) from None
    except InvalidInput as refusal:
        faults = (f"{'.'.join(map(str, error['loc'])) or 'input'}: {complaint(error)}" for error in refusal.errors)
        raise refused(" ".join(faults)) from None
    except AgentSiteError as refusal:
        code = ExitCode.CONFLICT if refusal.status in TRY_LATER else ExitCode.REFUSED
        raise CommandError(refusal.sentence, returncode=code) from None
    except (OperationalError, InterfaceError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise CommandError(f"The database does not answer: {reason}", returncode=ExitCode.NOT_FOLLOWED) from None
    finally:
        core.setLevel(level)


def refused(sentence: str) -> CommandError:
    """What was typed makes no sense, or may not be."""
    return CommandError(sentence, returncode=ExitCode.REFUSED)


def user_meant(name: str | None) -> User:
    """The user of this name or id; without one the only superuser, else the first operator."""
    if name:
        return _user_named(name)
    superusers = list(User.objects.filter(is_superuser=True, is_active=True).order_by("username")[: NAMED_AT_MOST + 1])
    if len(superusers) > 1:
        names = ", ".join(user.username for user in superusers[:NAMED_AT_MOST])
        raise refused(f"There are several superusers; say which user is meant, for example one of: {names}.")
    operator = User.objects.filter(is_staff=True, is_active=True).order_by("date_joined").first()
    user = superusers[0] if superusers else operator
    if user is None:
        raise refused("There is no operator to act as: name a user, or make one with 'manage.py createsuperuser'.")
    return user


def run_meant(beginning: str) -> AgentRun:
    """The one run whose id begins so, without its payload."""
    digits = beginning.replace("-", "")
    if len(digits) < SHORTEST_BEGINNING:
        raise refused(f"{beginning!r} is too short: give at least {SHORTEST_BEGINNING} characters of the run's id.")
    found = list(AgentRun.objects.filter(begins_with(beginning)).only("id").order_by("id")[: NAMED_AT_MOST + 1])
    if not found:
        raise refused(f"There is no run whose id begins with {beginning!r}.")
    if len(found) > 1:
        ids = ", ".join(str(run.pk) for run in found[:NAMED_AT_MOST])
        raise refused(f"Several runs begin with {beginning!r}: {ids}.")
    return AgentRun.objects.select_related("user").get(pk=found[0].pk)


def _user_named(name: str) -> User:
    key = _uuid(name)
    users = User.objects.filter(Q(username=name) | Q(pk=key) if key else Q(username=name))
    user = users.first()
    if user is None:
        raise refused(f"There is no user named {name!r}.")
    if not user.is_active:
        raise refused(f"The user {name!r} has been deactivated.")
    return user


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _conflict(refusal: AlreadyRunning | SeatTaken) -> str:
    if isinstance(refusal, SeatTaken):
        return f"{refusal.sentence} It is {refusal.waiting_run}."
    run = refusal.active_run
    where = f"{run.status}, {run.progress} %" if run.attempt else run.status
    short = str(run.pk)[:8]
    return (
        f"{refusal.sentence}: {run} ({where}). Add --on-conflict wait or --on-conflict replace, "
        f"or stop it with 'manage.py cancelrun {short}'."
    )

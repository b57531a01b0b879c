"""A run as it goes, in JSON, for programs.

event: run      data: {"status": …, "progress": …, "step": …, "is_stopping": …, …}
event: history  data: [{"id": …, "kind": …, "at": …, "message": …, "data": …}, …]   (id: the last one's)
event: end      data: {}                    then the run has ended, and the stream is over
event: expired  data: {}                    the right to watch has ended; the stream is over
"""

from __future__ import annotations

import asyncio
import json
import time
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import structlog
from django.conf import settings
from django.core import signing
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connections

from runs.live.hub import Hub, Watch
from runs.live.rights import Right
from runs.live.wire import COMMENT_EVERY_SECONDS, Stream, comment, event
from runs.models import AgentRun, RunEvent
from runs.models.event import CONTENT_KINDS

logger = structlog.stdlib.get_logger(__name__)

SALT = "runs.live.runs"
TOKEN_OPENS_FOR_SECONDS = 180
"""From when it was given out, by the clock of ``TOKEN_IS_THE_SAME_FOR_SECONDS``: two minutes at least."""
TOKEN_IS_THE_SAME_FOR_SECONDS = 60
"""So that an answer that names a stream, and has not changed otherwise, is the same answer."""
FOR_EVER = 1 << 40
BREATH_SECONDS = 0.1
"""Changes that come closer together than this are sent as one."""
MOST_EVENTS_AT_ONCE = 500

SHOWN: Final = ("status", "progress", "step", "attempt", "started_at", "completed_at", "summary", "error")
TOLD: Final = ("id", "kind", "at", "attempt", "message", "data")


def stream_url(run: AgentRun, right: Right) -> str:
    """Where ``run`` can be watched by who has ``right``, with a token that opens this one stream for a few minutes.

    Of a run that is hidden from who asks it tells what is not content; of one that has been
    opened to them all, for as long as it is. Soon after, the address is the same.
    """
    opened = run.__dict__.get("opened_until")
    whole_until = 0 if run.is_hidden else int(opened.timestamp()) if opened else FOR_EVER
    given_at = int(time.time()) // TOKEN_IS_THE_SAME_FOR_SECONDS * TOKEN_IS_THE_SAME_FOR_SECONDS
    claim = {"run": str(run.pk), "whole_until": whole_until, "given_at": given_at, "right": right.as_json()}
    token = signing.Signer(salt=SALT).sign_object(claim)
    return f"{settings.LIVE_URL}/runs/{run.pk}/stream?token={token}"


@dataclass(frozen=True, slots=True)
class RunPass:
    """What a token opens: by what right, and until when (seconds of the epoch) all of the run may be told."""

    right: Right
    whole_until: int


def allowed(run_id: UUID, token: str) -> RunPass | None:
    """What ``token`` lets be told of the run; None for one that does not open its stream, or not any more."""
    try:
        claim = signing.Signer(salt=SALT).unsign_object(token)
    except (signing.BadSignature, ValueError):
        return None
    if claim["run"] != str(run_id) or claim["given_at"] + TOKEN_OPENS_FOR_SECONDS <= time.time():
        return None
    return RunPass(Right.from_json(claim["right"]), claim["whole_until"])


@dataclass(frozen=True, slots=True)
class Look:
    """A run as it stands, and what has happened since a cursor. ``run`` is None where there is none."""

    run: dict[str, Any] | None
    history: list[dict[str, Any]]
    is_final: bool


def look(run_id: UUID, after: int, is_whole: bool) -> Look:
    """Read a run and its events beyond ``after``, in the thread that calls; with content where it is ``is_whole``."""
    try:
        run = AgentRun.objects.only(*SHOWN, "cancel_requested_at").filter(pk=run_id).first()
        if run is None:
            return Look(None, [], True)
        events = RunEvent.objects.filter(run_id=run_id, id__gt=after)
        if not is_whole:
            events = events.exclude(kind__in=CONTENT_KINDS)
        shown = {name: getattr(run, name) for name in SHOWN} | {"is_stopping": run.is_stopping}
        return Look(shown, list(events.values(*TOLD)[:MOST_EVENTS_AT_ONCE]), run.is_final)
    finally:
        connections["default"].close_if_unusable_or_obsolete()


async def follow(
    run_id: UUID, after: int, whole_until: int, hub: Hub, readers: Executor, watch: Watch, stream: Stream
) -> None:
    """Tell of the run until it has ended, the reader has left or the process is to stop."""
    loop, last = asyncio.get_running_loop(), None
    await stream.open()
    while not stream.is_gone and not hub.is_leaving():
        watch.clear()
        if stream.is_revoked:
            await stream.say(event("expired", "{}"))
            break
        try:
            seen = await loop.run_in_executor(readers, look, run_id, after, time.time() < whole_until)
        except Exception:
            logger.warning("run_not_read", run_id=run_id)
            await asyncio.sleep(1)
            continue
        if stream.is_revoked:
            continue
        if seen.history:
            after = seen.history[-1]["id"]
            await stream.say(event("history", _json(seen.history), after))
        if seen.run != last:
            last = seen.run
            await stream.say(event("run", _json(seen.run)))
        if len(seen.history) == MOST_EVENTS_AT_ONCE:
            continue
        if seen.is_final:
            await stream.say(event("end", "{}"))
            break
        if not await watch.wait(COMMENT_EVERY_SECONDS):
            await stream.say(comment("still here"))
        await asyncio.sleep(BREATH_SECONDS)
    await stream.close()


def _json(data: Any) -> str:
    return json.dumps(data, cls=DjangoJSONEncoder)

"""A run as it goes, in JSON, for programs.

event: run      data: {"status": …, "progress": …, "step": …, "is_stopping": …, …}
event: history  data: [{"id": …, "kind": …, "at": …, "message": …, "data": …}, …]   (id: the last one's)
event: end      data: {}                    then the stream is over
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
from runs.live.wire import COMMENT_EVERY_SECONDS, Stream, comment, event
from runs.models import AgentRun, RunEvent
from runs.models.event import CONTENT_KINDS

logger = structlog.stdlib.get_logger(__name__)

SALT = "runs.live"
TOKEN_LASTS_SECONDS = 4200
TOKEN_IS_THE_SAME_FOR_SECONDS = 600
"""So that an answer that names a stream, and has not changed otherwise, is the same answer."""
FOR_EVER = 1 << 40
BREATH_SECONDS = 0.1
"""Changes that come closer together than this are sent as one."""
MOST_EVENTS_AT_ONCE = 500

SHOWN: Final = ("status", "progress", "step", "attempt", "started_at", "completed_at", "summary", "error")
TOLD: Final = ("id", "kind", "at", "attempt", "message", "data")


class RoundingSigner(signing.TimestampSigner):
    """Signs with a moment a little in the past, so that what is signed soon after looks the same."""

    def timestamp(self) -> str:
        return signing.b62_encode(int(time.time()) // TOKEN_IS_THE_SAME_FOR_SECONDS * TOKEN_IS_THE_SAME_FOR_SECONDS)


def stream_url(run: AgentRun) -> str:
    """Where ``run`` can be watched, with a token that opens this one stream for an hour, or a
    little longer.

    Of a run that is hidden from who asks it tells what is not content; of one that has been
    opened to them all, for as long as it is.
    """
    opened = run.__dict__.get("opened_until")
    whole_until = 0 if run.is_hidden else int(opened.timestamp()) if opened else FOR_EVER
    token = RoundingSigner(salt=SALT).sign(f"{run.pk}.{whole_until}")
    return f"{settings.LIVE_URL}/runs/{run.pk}/stream?token={token}"


def allowed(run_id: UUID, token: str) -> int | None:
    """Until when (seconds of the epoch) the stream may tell all of the run; None for a token that does not open it."""
    try:
        claim = signing.TimestampSigner(salt=SALT).unsign(token, max_age=TOKEN_LASTS_SECONDS)
    except signing.BadSignature:
        return None
    named, _, whole_until = claim.partition(".")
    return int(whole_until or 0) if named == str(run_id) else None


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
    await stream.open(settings.PUBLIC_URL)
    while not stream.is_gone and not hub.is_leaving():
        watch.clear()
        try:
            seen = await loop.run_in_executor(readers, look, run_id, after, time.time() < whole_until)
        except Exception:
            logger.warning("run_not_read", run_id=run_id)
            await asyncio.sleep(1)
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

"""Rendered pieces of a page, for browsers.

event: fragments  data: HTML, each element to replace the one of the same id   (id: where to go on)
event: changed    data: {}      something in a list has; the page asks for what it shows of it
event: alive      data: {}      nothing has happened
event: end        data: {}      the run has ended; the stream is over
event: expired    data: {}      the right to watch has, or the stream's time; the page asks anew
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Final

import structlog

from runs.live.hub import Hub, Watch
from runs.live.parts import Part, Pass, Render, Rendering
from runs.live.wire import COMMENT_EVERY_SECONDS, Stream, event, retry

logger = structlog.stdlib.get_logger(__name__)

BREATH_SECONDS: Final = 0.5
"""Progress that comes closer together than this is sent as one."""
SHORT_BREATH_SECONDS: Final = 0.05
"""The same for what is urgent, so that a storm of changes does not become one of renderings."""
TICK_SECONDS: Final = 5.0
"""How often what changes with time alone is made anew: the last sign of life, the place in the queue."""
MOST_KEPT: Final = 200
LIST_BREATH_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Made:
    """A rendering, ready to be sent."""

    rendering: Rendering
    message: bytes


class Workshop:
    """Makes each part once for all who watch it from the same position."""

    def __init__(self, render: Render, readers: Executor) -> None:
        self._render = render
        self._readers = readers
        self._made: OrderedDict[tuple[object, ...], asyncio.Future[Made]] = OrderedDict()

    async def made(self, part: Part, position: str, version: int, tick: int) -> Made:
        """``part`` as it stood at ``version`` or later."""
        key = (part, position, version, tick)
        if key not in self._made:
            # Who waits may leave; the others still want it.
            self._made[key] = asyncio.get_running_loop().run_in_executor(self._readers, self._make, part, position)
            while len(self._made) > MOST_KEPT:
                self._made.popitem(last=False)
        try:
            return await asyncio.shield(self._made[key])
        except Exception:
            self._made.pop(key, None)
            raise

    def _make(self, part: Part, position: str) -> Made:
        rendering = self._render(part, position)
        return Made(rendering, event("fragments", rendering.html.strip(), rendering.position or None))


class Following:
    """One part of one page: what its reader has seen of it."""

    def __init__(self, part: Part, position: str) -> None:
        self.part = part
        self.position = position
        self.is_over = False
        self._is_moving = False
        self._version = -1
        self._tick = -1
        self._last = b""

    def seconds_until_due(self, hub: Hub) -> float:
        """0 where there may be news already, infinity where only a change can bring some."""
        if self.has_changed(hub) or (self._is_moving and _tick() != self._tick):
            return 0.0
        return TICK_SECONDS - time.time() % TICK_SECONDS if self._is_moving else math.inf

    def has_changed(self, hub: Hub) -> bool:
        return hub.version(self.part.topic) != self._version

    async def news(self, workshop: Workshop, hub: Hub) -> bytes:
        """What to send, if anything."""
        version, tick = hub.version(self.part.topic), _tick()
        made = await workshop.made(self.part, self.position, version, tick)
        self._version, self._tick = version, tick
        self.position = made.rendering.position
        self._is_moving, self.is_over = made.rendering.is_moving, made.rendering.is_over
        is_new = bool(made.rendering.html) and made.message != self._last
        self._last = made.message
        return made.message if is_new else b""


class ListFollowing(Following):
    """A list of runs. No two readers look at the same one, so that each page is only told to ask for its own.

    ``topics``: what it is about, where that is more than its part says: the members of a team.
    """

    def __init__(self, part: Part, topics: Sequence[str] = ()) -> None:
        super().__init__(part, "")
        self._topics = (part.topic, *topics)
        self._versions: list[int] = []
        self._told_at = -math.inf

    def has_changed(self, hub: Hub) -> bool:
        return [hub.version(topic) for topic in self._topics] != self._versions

    def seconds_until_due(self, hub: Hub) -> float:
        return max(self._told_at + LIST_BREATH_SECONDS - time.monotonic(), 0.0) if self.has_changed(hub) else math.inf

    async def news(self, workshop: Workshop, hub: Hub) -> bytes:
        # Also at the beginning: something may have changed since the page was made.
        self._versions = [hub.version(topic) for topic in self._topics]
        self._told_at = time.monotonic()
        return event("changed", "{}")


def _tick() -> int:
    """The same for all streams, so that they ask for the same rendering."""
    return int(time.time() / TICK_SECONDS)


async def follow(
    opened: Pass, mates: Sequence[str], position: str, hub: Hub, workshop: Workshop, watch: Watch, stream: Stream
) -> None:
    """Send what changes on a page until what it is about is over, its reader leaves, or the process is to stop."""
    await stream.open()
    await stream.say(retry())
    followed = [
        ListFollowing(part, mates) if part.kind == "list" else Following(part, "" if number else position)
        for number, part in enumerate(opened.page.parts)
    ]
    said_at = time.monotonic()
    while not stream.is_gone and not hub.is_leaving():
        watch.clear()
        if stream.is_revoked:
            await stream.say(event("expired", "{}"))
            break
        try:
            if await _say_news(followed, hub, workshop, stream):
                said_at = time.monotonic()
        except Exception:
            logger.warning("page_not_updated", exc_info=True)
            await asyncio.sleep(1)
            continue
        if followed[0].is_over or time.time() >= opened.until:
            await stream.say(event("end" if followed[0].is_over else "expired", "{}"))
            break
        quiet = time.monotonic() - said_at
        if quiet >= COMMENT_EVERY_SECONDS:
            await stream.say(event("alive", "{}"))
            said_at, quiet = time.monotonic(), 0.0
        await asyncio.sleep(SHORT_BREATH_SECONDS)
        await watch.linger(BREATH_SECONDS - SHORT_BREATH_SECONDS - quiet)
        due = min(following.seconds_until_due(hub) for following in followed)
        await watch.wait(min(due, COMMENT_EVERY_SECONDS - quiet))
    await stream.close()


async def _say_news(followed: list[Following], hub: Hub, workshop: Workshop, stream: Stream) -> bool:
    said = False
    for following in followed:
        if following.seconds_until_due(hub) == 0:
            message = await following.news(workshop, hub)
            if message and not stream.is_revoked:
                await stream.say(message)
                said = True
    return said

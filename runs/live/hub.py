"""One listening connection per process, fanned out to everybody who watches."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections import defaultdict
from collections.abc import Callable

import psycopg2
import psycopg2.extensions
import structlog

from runs.broker.listener import listening_connection
from runs.lifecycle import CHANNEL

logger = structlog.stdlib.get_logger(__name__)

EVERYTHING = "everything"
"""The topic of all changes. A run and a user are topics by their ids."""
LOOKS_UP_EVERY_SECONDS = 0.25


class Watch:
    """What one stream waits for: news of its topics, or that it is to end."""

    def __init__(self, topics: tuple[str, ...]) -> None:
        self.topics = topics
        self._changed = asyncio.Event()
        self._urgent = asyncio.Event()

    def wake(self, *, urgently: bool = True) -> None:
        self._changed.set()
        if urgently:
            self._urgent.set()

    def clear(self) -> None:
        """Forget what has been told so far: it is about to be read."""
        self._changed.clear()
        self._urgent.clear()

    async def wait(self, seconds: float) -> bool:
        """Wait for news, so long at most; whether there are any."""
        return await _wait(self._changed, seconds)

    async def linger(self, seconds: float) -> None:
        """Wait for more news after some that are not urgent, so long at most."""
        if seconds > 0:
            await _wait(self._urgent, seconds)


async def _wait(event: asyncio.Event, seconds: float) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()


class Hub:
    """Tells watches what has changed. ``is_leaving`` is asked now and then; then all streams are to end."""

    def __init__(self) -> None:
        self.is_leaving: Callable[[], bool] = lambda: False
        self._watches: defaultdict[str, set[Watch]] = defaultdict(set)
        self._versions: dict[str, int] = {}
        self._counter = itertools.count()
        self._listener: psycopg2.extensions.connection | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def watch(self, *topics: str) -> Watch:
        """A watch that is woken whenever one of ``topics`` has, or may have, changed."""
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._keep_listening()), asyncio.create_task(self._notice_leaving())]
        watch = Watch(topics)
        for topic in topics:
            self._watches[topic].add(watch)
            self._versions.setdefault(topic, next(self._counter))
        return watch

    def unwatch(self, watch: Watch) -> None:
        """Forget a watch."""
        for topic in watch.topics:
            self._watches[topic].discard(watch)
            if not self._watches[topic]:
                del self._watches[topic], self._versions[topic]

    def version(self, topic: str) -> int:
        """A number that changes with every change of a watched topic, and never comes back."""
        return self._versions[topic]

    @property
    def watch_count(self) -> int:
        return len(set().union(*self._watches.values()))

    async def close(self) -> None:
        """Stop listening."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _keep_listening(self) -> None:
        while True:
            try:
                self._listener = await asyncio.to_thread(listening_connection, CHANNEL, "agentsite-live")
            except psycopg2.Error:
                logger.warning("database_away")
                await asyncio.sleep(1)
                continue
            # What changed while nobody listened is not announced again.
            self._wake_everybody()
            await self._hear_until_lost(self._listener)

    async def _hear_until_lost(self, listener: psycopg2.extensions.connection) -> None:
        loop, lost, descriptor = asyncio.get_running_loop(), asyncio.Event(), listener.fileno()
        loop.add_reader(descriptor, self._hear, listener, lost)
        try:
            await lost.wait()
        finally:
            # Before closing: the number may belong to another connection a moment later.
            loop.remove_reader(descriptor)
            listener.close()

    def _hear(self, listener: psycopg2.extensions.connection, lost: asyncio.Event) -> None:
        try:
            listener.poll()
        except psycopg2.Error:
            lost.set()
            return
        for notification in listener.notifies:
            run_id, _, rest = notification.payload.partition(" ")
            user_id, _, urgency = rest.partition(" ")
            for topic in (run_id, user_id, EVERYTHING):
                self._tell(topic, urgently=urgency == "urgent")
        listener.notifies.clear()

    def _tell(self, topic: str, *, urgently: bool) -> None:
        if topic not in self._watches:
            return
        self._versions[topic] = next(self._counter)
        for watch in self._watches[topic]:
            watch.wake(urgently=urgently)

    def _wake_everybody(self) -> None:
        for topic in list(self._watches):
            self._tell(topic, urgently=True)

    async def _notice_leaving(self) -> None:
        while not self.is_leaving():
            await asyncio.sleep(LOOKS_UP_EVERY_SECONDS)
        while True:
            self._wake_everybody()
            await asyncio.sleep(LOOKS_UP_EVERY_SECONDS)

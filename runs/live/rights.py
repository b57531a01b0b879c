"""By what right somebody watches: said in a stream's token, and asked again for as long as the stream is open."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from concurrent.futures import Executor
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Protocol
from uuid import UUID

import structlog

from runs.live.wire import Stream

logger = structlog.stdlib.get_logger(__name__)

CHECKED_EVERY_SECONDS: Final = 20.0
"""So long at most a stream goes on whose viewer has lost the right to it."""
CHECKED_AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class Right:
    """Who watches, and what that depends on.

    ``run_id``: a run that they must be allowed to see. ``as_operator``: what they are told is for operators.
    ``session`` and ``password``: the browser's session, by its reference, and the mark of the password it was
    opened with. ``token_id``: the token of the API. ``until``: when the right ends by itself (seconds of the
    epoch); 0 where it does not.
    """

    viewer_id: UUID
    run_id: UUID | None = None
    as_operator: bool = False
    session: UUID | None = None
    password: str = ""
    token_id: UUID | None = None
    until: int = 0

    def as_json(self) -> dict[str, Any]:
        """As a token carries it: what is not there is left out."""
        said = {name: value for name, value in asdict(self).items() if value}
        return {name: str(value) if isinstance(value, UUID) else value for name, value in said.items()}

    @classmethod
    def from_json(cls, claim: dict[str, Any]) -> Right:
        """Of a claim that we have signed."""
        ids = ("viewer_id", "run_id", "session", "token_id")
        given: dict[str, Any] = {field.name: claim[field.name] for field in fields(cls) if field.name in claim}
        return cls(**{**given, **{name: UUID(given[name]) for name in ids if name in given}})


class Doors(Protocol):
    """Who decides: ``runs.access``, which lies above. Asked in threads that answer no request."""

    def holding(self, rights: Collection[Right]) -> set[Right]:
        """Those of ``rights`` that hold now."""

    def team_mates_of(self, viewer_id: UUID) -> list[UUID]:
        """Whose runs somebody's list of their team is about."""


class Guard:
    """Lets streams in, and ends those that are open no longer by right.

    Rights are asked about together, so that neither many streams nor many that come at once
    cost a question each.
    """

    def __init__(self, doors: Doors, readers: Executor) -> None:
        self._doors = doors
        self._readers = readers
        self._open: dict[Stream, Right] = {}
        self._asked: list[tuple[Right, asyncio.Future[bool]]] = []
        self._answering: asyncio.Task[None] | None = None
        self._checking: asyncio.Task[None] | None = None

    async def admits(self, right: Right) -> bool:
        """Whether ``right`` holds now. Raises what the database does when it is away."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._asked.append((right, answer))
        if self._answering is None or self._answering.done():
            self._answering = asyncio.create_task(self._answer())
        return await answer

    def enter(self, stream: Stream, right: Right) -> None:
        """Look after an open stream from now on."""
        self._open[stream] = right
        if self._checking is None:
            self._checking = asyncio.create_task(self._check_again_and_again())

    def leave(self, stream: Stream) -> None:
        """Forget a stream."""
        self._open.pop(stream, None)

    async def team_mates_of(self, viewer_id: UUID) -> list[UUID]:
        """Whose runs ``viewer_id``'s list of their team is about."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self._doors.team_mates_of, viewer_id)

    async def close(self) -> None:
        """Check no more."""
        tasks = [task for task in (self._answering, self._checking) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _answer(self) -> None:
        while self._asked:
            asked, self._asked = self._asked[:CHECKED_AT_ONCE], self._asked[CHECKED_AT_ONCE:]
            try:
                holding = await self._holding({right for right, _ in asked})
            except Exception as error:
                for _, answer in asked:
                    if not answer.done():
                        answer.set_exception(error)
                continue
            for right, answer in asked:
                # Who asked may have left.
                if not answer.done():
                    answer.set_result(right in holding)

    async def _check_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(CHECKED_EVERY_SECONDS)
            streams = list(self._open.items())
            for first in range(0, len(streams), CHECKED_AT_ONCE):
                await self._check(streams[first : first + CHECKED_AT_ONCE])

    async def _check(self, streams: list[tuple[Stream, Right]]) -> None:
        try:
            holding = await self._holding({right for _, right in streams})
        except Exception:
            # Where rights can not be read, nothing can be told either.
            logger.warning("rights_not_read", exc_info=True)
            return
        for stream, right in streams:
            if right not in holding:
                stream.revoke()

    async def _holding(self, rights: set[Right]) -> set[Right]:
        lasting = {right for right in rights if not right.until or time.time() < right.until}
        if not lasting:
            return set()
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._doors.holding, lasting)

"""Which messages the workers of this cluster have, or are offered.

A table in memory that the cluster's processes share: made in the sentinel, before it
starts the others. The pusher writes down what it offers, the worker that it has taken
it, and that it has finished. There is no lock: every cell has one writer at a time, and
a process killed with a lock in hand would hold it for ever.
"""

from __future__ import annotations

import ctypes
from collections.abc import Collection, Iterable, Iterator
from multiprocessing.sharedctypes import RawArray

from runs.broker.processes import is_alive

OFFERED = 0
FINISHED = -1


class _Delivery(ctypes.Structure):
    """``row`` is 0 in a place never used; ``worker`` is a process number, or one of the words above."""

    _fields_ = (("row", ctypes.c_int64), ("worker", ctypes.c_int32))
    row: int
    worker: int


class Deliveries:
    """As many places as workers: a message is only claimed for a worker that is free for it.

    So nothing is kept waiting in memory that a worker elsewhere could begin.
    """

    def __init__(self, worker_count: int) -> None:
        self._places: Iterable[_Delivery] = RawArray(_Delivery, worker_count)

    def _under_way(self) -> Iterator[_Delivery]:
        return (place for place in self._places if place.row and place.worker != FINISHED)

    # --- The pusher

    @property
    def has_room(self) -> bool:
        """Whether a worker is free, as far as anybody has said."""
        return any(True for _ in self._free())

    def offer(self, row: int) -> None:
        """Write down that a message is on its way to the workers. There must be room."""
        place = next(self._free())
        # In this order: a place with an old number and the new row could be taken for taken.
        place.row = 0
        place.worker = OFFERED
        place.row = row

    def _free(self) -> Iterator[_Delivery]:
        return (place for place in self._places if not place.row or place.worker == FINISHED)

    @property
    def rows(self) -> list[int]:
        """All that has been offered and is not finished."""
        return [place.row for place in self._under_way()]

    @property
    def untaken(self) -> list[int]:
        """What has been offered and no worker has taken."""
        return [place.row for place in self._under_way() if place.worker == OFFERED]

    def abandoned(self) -> list[int]:
        """What was taken by a worker that has died since."""
        return [place.row for place in self._under_way() if place.worker != OFFERED and not is_alive(place.worker)]

    def give_up(self, rows: Collection[int]) -> None:
        """Free the places of these."""
        for place in self._under_way():
            if place.row in rows:
                place.worker = FINISHED

    # --- A worker

    def take(self, row: int, worker: int) -> None:
        """Write down that ``worker`` has the message."""
        for place in self._under_way():
            if place.row == row and place.worker == OFFERED:
                place.worker = worker
                return

    def finish(self, row: int, worker: int) -> None:
        """Write down that ``worker`` has done with the message."""
        for place in self._under_way():
            if place.row == row and place.worker == worker:
                place.worker = FINISHED
                return

    # --- The sentinel

    @property
    def busy_workers(self) -> list[int]:
        """The process numbers of the workers that have a message."""
        return [place.worker for place in self._under_way() if place.worker != OFFERED]

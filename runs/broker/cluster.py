"""The processes of one ``qcluster``: main, sentinel, pusher, monitor, workers.

django-q2 starts the sentinel from main and the others from the sentinel. Killed, one of
the two leaves the rest behind, which goes on claiming messages that nobody supervises.
Here the kernel ends every process together with the one that started it.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import uuid
from multiprocessing.queues import Queue
from typing import Any

import structlog
from django.utils.module_loading import import_string
from django_q.conf import Conf
from django_q.signals import post_execute_in_worker, post_spawn, pre_execute

from runs.broker.deliveries import Deliveries
from runs.broker.ends import Ends
from runs.broker.reader import Reader

logger = structlog.stdlib.get_logger(__name__)

PR_SET_PDEATHSIG = 1
GET_READY = "runs.worker.get_ready"

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class RunningCluster:
    """One ``qcluster``, as each of its processes knows it."""

    def __init__(self, main_pid: int) -> None:
        self.id = uuid.uuid4()
        self.main_pid = main_pid
        self.deliveries = Deliveries(Conf.WORKERS)
        self.reader = Reader()
        self.ends = Ends()

    def kill(self) -> None:
        """End it at once, for whoever supervises it to start it again.

        By ending main, with which the kernel ends the others: exactly this cluster, whatever
        process group or session it was started in, and never its neighbours there.
        """
        os.kill(self.main_pid, signal.SIGKILL)


_here: RunningCluster | None = None
_parent_pid = 0


def here() -> RunningCluster:
    """The cluster that this process belongs to. Made by the sentinel and inherited by those it starts."""
    global _here
    if _here is None:
        _here = RunningCluster(main_pid=os.getppid())
    return _here


def is_sentinel() -> bool:
    """Whether this process is a cluster's sentinel."""
    target = getattr(multiprocessing.current_process(), "_target", None)
    return getattr(target, "__module__", "") == "django_q.cluster" and getattr(target, "__name__", "") == "Sentinel"


def is_told_to_stop() -> bool:
    """Whether the cluster stops; in its sentinel and its pusher, whose arguments hold the event that says so."""
    arguments = getattr(multiprocessing.current_process(), "_args", ())
    event = arguments[0 if is_sentinel() else 1] if len(arguments) > 1 else None
    return bool(event and event.is_set())


def exit_code_of(worker_pid: int) -> int | None:
    """How a worker of this cluster has ended, minus the number of the signal that ended it; None where unknown."""
    return _here.ends.exit_code_of(worker_pid) if _here is not None else None


def workers_queue() -> Queue[Any]:
    """Where the pusher puts messages for the workers; in the pusher and in the workers."""
    queue: Queue[Any] = multiprocessing.current_process()._args[0]  # type: ignore[attr-defined]
    return queue


def set_up() -> None:
    """Prepare the sentinel, before it starts the others: what it sets, they inherit. Once is enough."""
    global _here
    if _here is not None:
        return
    parent = multiprocessing.parent_process()
    assert parent is not None
    assert parent.pid is not None
    _here = RunningCluster(main_pid=parent.pid)
    # A stop is main's business: it tells the sentinel, and the sentinel the others. SIGTERM reaches all of them where
    # it is sent to the group, and would end workers in the middle of a run and leave main waiting for a dead sentinel.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, _note_ends)
    _die_with(_here.main_pid)
    os.register_at_fork(before=_remember_parent, after_in_child=_begin_as_child)
    pre_execute.connect(_note_taken)
    post_execute_in_worker.connect(_note_finished)
    post_spawn.connect(_get_ready)


def _remember_parent() -> None:
    global _parent_pid
    _parent_pid = os.getpid()


def _begin_as_child() -> None:
    # The children of the others are no workers.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _die_with(_parent_pid)


def _die_with(parent_pid: int) -> None:
    """Have the kernel kill this process when the one that started it ends, however it ends."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent_pid:
            # It ended before the kernel was asked.
            os._exit(1)


def _note_ends(*_: Any) -> None:
    here().ends.look(here().deliveries.busy_workers)


def _note_taken(task: dict[str, Any], **_: Any) -> None:
    here().deliveries.take(task["ack_id"], os.getpid())


def _note_finished(task: dict[str, Any], **_: Any) -> None:
    # The sentinel waits for this worker meanwhile: writing into memory is all that may be done here.
    here().deliveries.finish(task["ack_id"], os.getpid())


def _get_ready(**_: Any) -> None:
    here().reader.note_at(workers_queue())
    try:
        import_string(GET_READY)()
    except Exception:
        # A worker that raises here would be replaced for ever.
        logger.exception("worker_not_ready")

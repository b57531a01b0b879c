"""What django-q2 calls."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection, Sequence
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import close_old_connections, connection
from django.utils.module_loading import import_string
from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q.models import OrmQ

from runs import orphans
from runs.broker import cluster, messages
from runs.broker.listener import Listener
from runs.broker.outage import DATABASE_ERRORS, PAUSE_SECONDS, Outage
from runs.broker.stop import Stop
from runs.broker.wedge import WedgeWatch

logger = structlog.stdlib.get_logger(__name__)

CHORES: Sequence[str] = (
    "runs.queue.report_cluster",
    "runs.lifecycle.rescue",
    "runs.schedules.fire",
    "runs.webhooks.keep_sending",
    "runs.audit.seal",
)
FAREWELLS: Sequence[str] = ("runs.queue.report_leaving", "runs.webhooks.stop_sending")
# The pusher asks between two calls whether it should stop, so one call may not take much longer.
LONGEST_WAIT_SECONDS = 1.0
ACKNOWLEDGE_PATIENCE_SECONDS = 300.0
HOLD = timedelta(seconds=Conf.RETRY)


class Broker(ORM):  # type: ignore[misc]  # django-q2 has no types
    """The queue in the ``django_q_ormq`` table, oldest message first.

    ``enqueue`` commits or rolls back with the caller's transaction; ``delay`` puts off the
    delivery of what this instance enqueues. The other methods belong to a cluster: its
    sentinel makes an instance, which the processes started by it inherit.
    """

    def __init__(self, list_key: str | None = None, delay: timedelta = timedelta()) -> None:
        super().__init__(list_key or Conf.CLUSTER_NAME)
        self.delay = delay
        self.last_row: int | None = None
        self._listener = Listener()
        self._outage = Outage()
        self._wedge = WedgeWatch(settings.WEDGED_AFTER_SECONDS)
        self._stop: Stop | None = None
        self._chores_due_at = 0.0
        self._held_at = 0.0
        self._has_swept = False
        if cluster.is_sentinel():
            cluster.set_up()

    @staticmethod
    def get_connection(list_key: str | None = None) -> object:
        """The queue's rows. Unlike django-q2's, opens no connection: a cluster can start before its database."""
        if connection.connection is not None and not connection.in_atomic_block:
            close_old_connections()
        return OrmQ.objects

    # --- Whoever has something for a worker

    def enqueue(self, task: str) -> int:
        """Add a signed message; whoever listens learns of it when the transaction commits."""
        self.last_row = messages.add(self.list_key, task, self.delay)
        return self.last_row

    # --- The pusher

    def dequeue(self) -> list[tuple[int, str]] | None:
        """Claim the oldest message that is due, if a worker is free for it, or wait about a second.

        Does not raise when the database is away: django-q2 would pause for ten seconds.
        """
        if not self._has_swept:
            # Whatever was killed here before, perhaps the whole cluster, left behind nobody who would have.
            orphans.end_orphans()
            self._has_swept = True
        self._mend_or_end_a_wedged_cluster()
        claimed = None
        try:
            # What is claimed during a stop would only be handed back.
            if not cluster.is_told_to_stop():
                claimed = self._look()
            # Asked again, since most of a pusher's time goes by in there; this may be the last call.
            if cluster.is_told_to_stop():
                self._mend_or_end_a_wedged_cluster()
                for farewell in FAREWELLS:
                    import_string(farewell)()
        except DATABASE_ERRORS as error:
            self._outage.note(error)
            self._listener.close()
            connection.close()
            time.sleep(PAUSE_SECONDS)
        return claimed

    def _look(self) -> list[tuple[int, str]]:
        # Listening begins before the look, so that nothing slips in between unheard.
        self._listener.listen()
        claimed = self._claim()
        if self._outage.is_on:
            self._outage.over()
            # Workers first: attempts that could not renew their leases meanwhile live, and are about to say so.
            self._chores_due_at = time.monotonic() + settings.HEARTBEAT_SECONDS
        if not claimed:
            # Now and not before: nobody waits for a worker meanwhile, or none is free.
            self._do_chores()
            self._listener.wait(LONGEST_WAIT_SECONDS)
        return claimed

    def _claim(self) -> list[tuple[int, str]]:
        deliveries = cluster.here().deliveries
        self._keep_or_ring_again()
        while deliveries.has_room and (message := messages.claim(self.list_key, HOLD)):
            row, payload = message[0], messages.signed_anew(message[1])
            fault = messages.fault(payload)
            if not fault:
                deliveries.offer(row)
                # One at a time, so that clusters with free workers take turns.
                return [(row, payload)]
            logger.error("message_parked", queue_row=row, fault=fault)
            messages.park(self.list_key, row)
        return []

    def _keep_or_ring_again(self) -> None:
        """Renew what living workers have; give back at once what a dead one had."""
        deliveries = cluster.here().deliveries
        abandoned = deliveries.abandoned()
        if abandoned:
            orphans.end_orphans()
            messages.keep(abandoned, timedelta())
            deliveries.give_up(abandoned)
        if time.monotonic() - self._held_at > HOLD.total_seconds() / 3:
            self._held_at = time.monotonic()
            if rows := deliveries.rows:
                messages.keep(rows, HOLD)

    def _mend_or_end_a_wedged_cluster(self) -> None:
        reader, untaken = cluster.here().reader, cluster.here().deliveries.untaken
        has_died = reader.has_died
        if has_died and not untaken:
            logger.warning("waiting_worker_killed")
            reader.release_for_the_dead(cluster.workers_queue())
        elif has_died:
            self._end_the_cluster("a worker was killed while a message was on its way to it", untaken)
        elif self._wedge.is_wedged(untaken, time.monotonic()):
            patience = self._wedge.patience_seconds
            self._end_the_cluster(f"no worker has taken a message for {patience:.0f} s", untaken)

    def _end_the_cluster(self, reason: str, untaken: Collection[int]) -> None:
        logger.critical("cluster_wedged", reason=reason)
        with contextlib.suppress(*DATABASE_ERRORS):
            messages.keep(untaken, timedelta())
        cluster.here().kill()

    def _do_chores(self) -> None:
        now = time.monotonic()
        if now < self._chores_due_at:
            return
        self._chores_due_at = now + settings.RESCUE_SECONDS
        for chore in CHORES:
            try:
                import_string(chore)()
            except DATABASE_ERRORS as error:
                logger.warning("chore_failed", chore=chore, reason=str(error).strip())
                connection.close()
            except Exception:
                # A chore that fails is tried again in a second; the queue must not stop for it.
                logger.exception("chore_failed", chore=chore)

    # --- The monitor

    def acknowledge(self, task_id: int) -> None:
        """Forget a message whose delivery has ended, as soon as the database is there."""
        while True:
            try:
                messages.forget(task_id)
                self._outage.over()
                return
            except DATABASE_ERRORS as error:
                self._outage.note(error)
                connection.close()
                if self._outage.seconds > ACKNOWLEDGE_PATIENCE_SECONDS:
                    # It will be delivered again, and refused. Raised, this would end the monitor.
                    logger.error("message_not_acknowledged", queue_row=task_id)
                    return
                time.sleep(PAUSE_SECONDS)

    def fail(self, task_id: int) -> None:
        """Park a message that django-q2 could not read. Its own broker would delete it."""
        messages.park(self.list_key, task_id)

    # --- The sentinel

    def set_stat(self, key: str, value: str, timeout: int) -> None:
        """Look after the cluster: its sentinel calls this twice a second, and ten times while it stops.

        django-q2's statistics are not kept; each cluster reports to a table of ours.
        """
        if cluster.is_sentinel() and cluster.is_told_to_stop():
            self._stop = self._stop or Stop(cluster.here())
            self._stop.go_on()

"""django-q2's way to the queue table, and the order of its processes.

django-q2 makes a ``Broker`` in every process that touches the queue. Alone it would lose
its balance over a killed process, a missing database or a message it cannot read; each
module here keeps it from one of those. Knows messages, not runs.

- ``broker``: what django-q2 calls, and nobody else but ``queue``
- ``messages``: the statements on the queue table
- ``listener``: being woken by NOTIFY instead of polling
- ``deliveries``: which messages this cluster's workers have, so that it takes no more than they can
- ``reader``: what becomes of the others when the worker that waits for a message dies
- ``ends``: how workers have ended
- ``wedge``: noticing that no worker takes what it is offered
- ``outage``: waiting for the database, in few words
- ``cluster``: the processes of one ``qcluster``: they end together
- ``stop``: leaving in an orderly way
"""

from runs.broker.broker import Broker

__all__ = ["Broker"]

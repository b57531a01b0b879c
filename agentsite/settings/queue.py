"""Workers, their queue, and runs that come back."""

from __future__ import annotations

import warnings

from django.core.exceptions import ImproperlyConfigured

from agentsite.settings.environment import env

WORKERS = env.int("WORKERS", default=2)
RESCUE_SECONDS = 1.0
# How long a stopping cluster lets its runs go on before it hands them back.
DRAIN_SECONDS = env.float("DRAIN_SECONDS", default=10.0)
# How long a message may lie before free workers until the cluster is taken for wedged, and killed.
WEDGED_AFTER_SECONDS = env.float("WEDGED_AFTER_SECONDS", default=5.0)
# "stock": django-q2's own broker, to compare with. It polls, and it neither rescues runs nor reports its cluster.
BROKER = env.str("BROKER", default="agentsite")
if BROKER not in ("agentsite", "stock"):
    raise ImproperlyConfigured(f"BROKER is 'agentsite' or 'stock', not {BROKER!r}.")

# The shortest time between two runs of a schedule.
SCHEDULE_SHORTEST_SECONDS = env.int("SCHEDULE_SHORTEST_SECONDS", default=60)
# After how many refusals in a row that do not mend by themselves a schedule pauses itself.
SCHEDULE_PAUSES_AFTER = env.int("SCHEDULE_PAUSES_AFTER", default=5)

Q_CLUSTER = {
    "name": "agentsite",
    "label": "Queue",
    "orm": "default",
    **({"broker_class": "runs.broker.Broker"} if BROKER == "agentsite" else {}),
    "workers": WORKERS,
    # At least one more than the workers, or an orderly stop can block on its own full queue.
    "queue_limit": WORKERS + 1,
    # The worker supervises a process of the agent's own, which a daemon may not start.
    "daemonize_workers": False,
    "bulk": 1,
    "poll": 0.2,
    # How long a message is kept from others; the pusher renews it while a worker has it. A message is only a
    # doorbell: one that rings twice is harmless (lifecycle.start refuses the second), one that rings late is not.
    # q2's own time limit is the very last resort.
    "retry": 20,
    "timeout": 7 * 3600,
    "max_attempts": 1,
    "ack_failures": True,
    "save_limit": -1,
    # A replacement comes up to half a second late, and agents' processes leave nothing behind in the worker.
    "recycle": 5000,
    "guard_cycle": 0.5,
    "catch_up": False,
}
warnings.filterwarnings("ignore", message="Retry and timeout are misconfigured")

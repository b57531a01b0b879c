"""The clocks of a run, in seconds, and how often something may be asked for."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from agentsite.settings.environment import env

# How long an agent may run where neither it nor an operator says otherwise. The original's name.
LOCK_TIMEOUT_DURATION = env.int("LOCK_TIMEOUT_DURATION", default=120)
# How long a request waits for another that changes the same user's runs.
LOCK_WAIT_SECONDS = env.float("LOCK_WAIT_SECONDS", default=3.0)
# How long an attempt may be silent before it is lost, and how often it says that it lives.
LEASE_SECONDS = env.int("LEASE_SECONDS", default=15)
HEARTBEAT_SECONDS = env.float("HEARTBEAT_SECONDS", default=4.0)
# How long a list may take to be found before its reader is asked to narrow it.
LIST_PATIENCE_SECONDS = env.float("LIST_PATIENCE_SECONDS", default=3.0)
# From "please stop" (SIGTERM) to "stop" (SIGKILL).
STOP_GRACE_SECONDS = env.float("STOP_GRACE_SECONDS", default=5.0)
if HEARTBEAT_SECONDS * 2 > LEASE_SECONDS:
    raise ImproperlyConfigured("HEARTBEAT_SECONDS must be at most half of LEASE_SECONDS: one late beat is no death.")

# How often a user may ask for runs; 0 is no limit.
TRIGGERS_PER_MINUTE = env.int("TRIGGERS_PER_MINUTE", default=60)
RUNS_PER_DAY = env.int("RUNS_PER_DAY", default=1000)
if TRIGGERS_PER_MINUTE < 0 or RUNS_PER_DAY < 0:
    raise ImproperlyConfigured("TRIGGERS_PER_MINUTE and RUNS_PER_DAY are at least 0, which is no limit.")

# How fast the API may be asked; 0 is no limit. Many may share an address; this machine's own is not counted.
TOKEN_REQUESTS_PER_MINUTE = env.int("TOKEN_REQUESTS_PER_MINUTE", default=1200)
ADDRESS_REQUESTS_PER_MINUTE = env.int("ADDRESS_REQUESTS_PER_MINUTE", default=3000)

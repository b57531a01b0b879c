"""What is told, and in which form."""

from __future__ import annotations

import sys

from django.core.exceptions import ImproperlyConfigured

from agentsite import logs
from agentsite.settings.environment import env

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
# To be collected, unless somebody reads along.
LOG_FORMAT = env.str("LOG_FORMAT", default="console" if sys.stderr.isatty() else "json")
if LOG_FORMAT not in logs.FORMATS:
    raise ImproperlyConfigured(f"LOG_FORMAT is 'json' or 'console', not {LOG_FORMAT!r}.")
LOGGING = logs.configuration(LOG_FORMAT, LOG_LEVEL)

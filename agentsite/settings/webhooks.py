"""Where webhooks may lead."""

from __future__ import annotations

from ipaddress import ip_network

from django.core.exceptions import ImproperlyConfigured

from agentsite.settings.environment import env

# Networks whose addresses webhooks may lead to although they are not public, and over http, too.
try:
    WEBHOOK_ALLOWED_NETWORKS = [ip_network(text) for text in env.list("WEBHOOK_ALLOWED_NETWORKS", default=[])]
except ValueError as error:
    raise ImproperlyConfigured(f"WEBHOOK_ALLOWED_NETWORKS lists networks as 10.1.0.0/16: {error}") from None
# How many requests to receivers one cluster makes at a time.
WEBHOOK_SENDERS = env.int("WEBHOOK_SENDERS", default=4)

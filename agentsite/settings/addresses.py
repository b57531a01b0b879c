"""Where the site listens, and by which names it is reached."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from agentsite.addresses import Address, is_loopback_name
from agentsite.settings.environment import DEBUG, env

WEB_PROCESSES = env.int("WEB_PROCESSES", default=2)
# How long a client may take over the head of a request.
SLOW_CLIENT_SECONDS = env.float("SLOW_CLIENT_SECONDS", default=10.0)
WEB_BIND = Address.parse(env.str("WEB_BIND", default="127.0.0.1:8000"))
LIVE_BIND = Address.parse(env.str("LIVE_BIND", default="127.0.0.1:8001"))
PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://localhost:{WEB_BIND.port}").rstrip("/")
LIVE_URL = env.str("LIVE_URL", default=f"http://localhost:{LIVE_BIND.port}").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

API_OPEN_ON_LOOPBACK = env.bool("API_OPEN_ON_LOOPBACK", default=False)

IS_PUBLIC = not WEB_BIND.is_loopback or not all(map(is_loopback_name, ALLOWED_HOSTS))
if API_OPEN_ON_LOOPBACK and not WEB_BIND.is_loopback:
    raise ImproperlyConfigured(
        f"API_OPEN_ON_LOOPBACK lets anybody run agents who reaches {WEB_BIND}: "
        "bind WEB_BIND to 127.0.0.1, or turn API_OPEN_ON_LOOPBACK off and issue tokens."
    )
if (DEBUG or API_OPEN_ON_LOOPBACK) and IS_PUBLIC:
    raise ImproperlyConfigured(
        "DEBUG and API_OPEN_ON_LOOPBACK are for this machine alone, "
        "but WEB_BIND or ALLOWED_HOSTS names a public address: turn them off, or remove the public name."
    )

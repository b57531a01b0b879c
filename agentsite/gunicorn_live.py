"""gunicorn for event streams: one event loop, no thread and no database connection per stream."""

from typing import Any

from agentsite import settings

wsgi_app = "agentsite.asgi:application"
bind = str(settings.LIVE_BIND)
worker_class = "asgi"
workers = 1
timeout = 30
graceful_timeout = 5
keepalive = 30
control_socket_disable = True
proc_name = "agentsite-live"
loglevel = "warning"
logger_class = "agentsite.logs.GunicornLogger"


def post_worker_init(worker: Any) -> None:
    """Let streams end as they should when the process is to stop, instead of being cut."""
    worker.asgi.hub.is_leaving = lambda: not worker.alive

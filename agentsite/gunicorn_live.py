"""gunicorn for event streams: one event loop, no thread and no database connection per stream."""

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

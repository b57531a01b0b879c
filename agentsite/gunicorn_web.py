"""gunicorn for pages and JSON: threads, each with its database connection kept open."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured

from agentsite import settings
from agentsite.addresses import is_loopback_name

wsgi_app = "agentsite.wsgi:application"
bind = str(settings.WEB_BIND)
worker_class = "agentsite.web_worker.WebWorker"
workers = settings.WEB_PROCESSES
threads = 8
timeout = 60
graceful_timeout = 30
keepalive = 30
# As gunicorn has them, written down: the longest request line and header, in bytes, and how many headers.
limit_request_line = 4094
limit_request_field_size = 8190
limit_request_fields = 100
max_requests = 5000
max_requests_jitter = 500
control_socket_disable = True
proc_name = "agentsite-web"
loglevel = "warning"
logger_class = "agentsite.logs.GunicornLogger"


def pre_request(worker: Any, request: Any) -> None:
    """The head of a request has come; how long may its body take?"""
    length = next((value for name, value in request.headers if name == "CONTENT-LENGTH"), "")
    worker.allow_body(int(length) if length.isdecimal() else 0)


def on_starting(server: Any) -> None:
    """Refuse to open the API to the world, also where ``--bind`` overrules ``WEB_BIND``."""
    hosts = [address[0] for address in server.cfg.address if isinstance(address, tuple)]
    if settings.API_OPEN_ON_LOOPBACK and not all(map(is_loopback_name, hosts)):
        raise ImproperlyConfigured("API_OPEN_ON_LOOPBACK is on, and --bind names an address that others can reach.")


def post_worker_init(worker: Any) -> None:
    """Answer who waits for a run when the process is to stop, instead of cutting them off."""
    # Not before: settings are read first, and the application is loaded by now.
    from runs.api.waiting import waiters

    waiters.is_leaving = lambda: not worker.alive

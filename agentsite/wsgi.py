"""Pages and JSON, for gunicorn's ``gthread`` workers."""

import os
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "agentsite.settings")

site = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """The site. A body's charset has Django read the whole query before it can refuse it; so, once more without."""
    given = dict(environ)
    try:
        return site(environ, start_response)
    except SuspiciousOperation:
        return site({**given, "CONTENT_TYPE": ""}, start_response)

"""Event streams, for gunicorn's ``asgi`` worker. Pages and JSON are served by ``wsgi``."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "agentsite.settings")
django.setup()

from runs.live import application  # noqa: E402

__all__ = ["application"]

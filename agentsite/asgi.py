"""Event streams, for gunicorn's ``asgi`` worker. Pages and JSON are served by ``wsgi``."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "agentsite.settings")
django.setup()

from runs.access import streams as doors  # noqa: E402
from runs.live import Application  # noqa: E402
from runs.views.fragments import render  # noqa: E402

application = Application(render, doors)

"""What sessions and links are signed with."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile

from django.core.exceptions import ImproperlyConfigured

from agentsite.keys import refuse_weak_keys
from agentsite.settings.addresses import IS_PUBLIC
from agentsite.settings.environment import VAR_DIR, env


def kept_secret(name: str) -> str:
    """A random secret of this machine's own, made at the first start and kept in ``var/``."""
    path = VAR_DIR / name
    if not path.exists():
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        # Linked into place whole: of several processes starting at once, one wins and all read the same.
        with tempfile.NamedTemporaryFile("w", dir=VAR_DIR, prefix=name) as file:
            file.write(secrets.token_urlsafe(50))
            file.flush()
            with contextlib.suppress(FileExistsError):
                os.link(file.name, path)
    return path.read_text()


SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    if IS_PUBLIC:
        raise ImproperlyConfigured("SECRET_KEY (or SECRET_KEY_FILE) must be set where the site can be reached.")
    SECRET_KEY = kept_secret("secret-key")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
if IS_PUBLIC:
    refuse_weak_keys({"SECRET_KEY": [SECRET_KEY], "SECRET_KEY_FALLBACKS": SECRET_KEY_FALLBACKS})

"""Static files as they are served: compressed, and under names that change with their content.

``manage.py up`` has them collected whenever one of their sources has changed; where the site
is built into an image, ``manage.py collectstatic`` does it with ``COLLECT_STATIC=true``.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.management.commands.collectstatic import Command as CollectStatic
from django.core.management import call_command
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

COLLECTED_FROM = "collected-from"
OWN_IMPORT = (
    r"""(?m)^(?P<matched>import (?P<names>\{[^}]*\}) from "(?P<url>\./[a-z_]+\.js)";)$""",
    'import %(names)s from "%(url)s";',
)
OWN_BARE_IMPORT = (r"""(?m)^(?P<matched>import "(?P<url>\./[a-z_]+\.js)";)$""", 'import "%(url)s";')


class HashedFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # not typed
    """Compressed by gzip alone: brotli's files are a seventh smaller, and cost five seconds at the first start."""

    # Our modules import each other by name. Django's own patterns for this find imports in others' comments, too.
    patterns = (*CompressedManifestStaticFilesStorage.patterns, ("*.js", (OWN_IMPORT, OWN_BARE_IMPORT)))

    def create_compressor(self, **options: Any) -> Compressor:
        return Compressor(**{**options, "use_brotli": False})


def collect_if_changed() -> bool:
    """Collect the static files anew if a source has changed since; whether that was so."""
    known = Path(settings.STATIC_ROOT) / COLLECTED_FROM
    sources = _fingerprint()
    if known.exists() and known.read_text() == sources:
        return False
    command = CollectStatic()
    # The settings of this process were read before there was anything collected.
    command.storage = HashedFiles()
    call_command(command, interactive=False, clear=True, verbosity=0)
    known.write_text(sources)
    return True


def _fingerprint() -> str:
    """Of the names, sizes and ages of all sources, and of what is done with them."""
    found = hashlib.sha256(Path(__file__).read_bytes())
    for finder in get_finders():
        for name, storage in finder.list(()):
            found.update(f"{name} {storage.size(name)} {storage.get_modified_time(name)}\n".encode())
    return found.hexdigest()

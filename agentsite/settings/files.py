"""What is served as it is, and what users upload."""

from __future__ import annotations

from pathlib import Path

from agentsite.settings.environment import BASE_DIR, DEBUG, VAR_DIR, env

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
# Who changes the sources wants to see them, whatever has been collected.
is_collected = not DEBUG and (STATIC_ROOT / "staticfiles.json").exists()
# Collected files are served compressed and under hashed names; else straight from the sources.
WHITENOISE_USE_FINDERS = not is_collected
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
# Source maps are most of what there is to compress, and read by nobody but developers.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("jpg", "jpeg", "png", "gif", "webp", "zip", "gz", "br", "woff", "woff2", "map")
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(VAR_DIR / "media")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "agentsite.static_files.HashedFiles"
        if is_collected or env.bool("COLLECT_STATIC", default=False)
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
FILE_UPLOAD_PERMISSIONS = 0o600
# Where the browser's upload is kept while it arrives; documents go to the storage from there.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
# A body that is no file: JSON, or the fields of a form.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 10
DOCUMENT_LIMIT_MB = env.int("DOCUMENT_LIMIT_MB", default=25)
# Pictures of pages, what stands on them, and what was read; may be deleted at any time.
PICTURES_DIR = VAR_DIR / "pictures"
PICTURES_LIMIT_MB = env.int("PICTURES_LIMIT_MB", default=200)
DOCUMENT_PAGE_LIMIT = env.int("DOCUMENT_PAGE_LIMIT", default=2000)

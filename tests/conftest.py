"""A real PostgreSQL for every test: ``DATABASE_URL``'s, or an embedded one of this session's own."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
import django.conf
import pytest

# Set before Django reads them: a test neither depends on nor touches what ``make run`` keeps.
VAR_DIR = Path(tempfile.mkdtemp(prefix="agentsite-test-"))
os.environ["VAR_DIR"] = str(VAR_DIR)
os.environ["ENV_FILE"] = os.devnull
os.environ["DJANGO_SETTINGS_MODULE"] = "agentsite.settings"
for name in ("API_OPEN_ON_LOOPBACK", "DEBUG", "WEB_BIND", "LIVE_BIND", "ALLOWED_HOSTS", "PUBLIC_URL", "SECRET_KEY"):
    os.environ.pop(name, None)


# Before pytest-django would: conftests further down import models.
django.setup()


def pytest_configure() -> None:
    # Passwords of tests are no secret, and a good hash takes a quarter of a second.
    django.conf.settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_unconfigure() -> None:
    shutil.rmtree(VAR_DIR, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> Iterator[None]:
    """Have the database server running while tests need it."""
    from django.conf import settings

    from agentsite.postgres import EmbeddedPostgres

    if settings.EMBEDDED_POSTGRES is None:
        yield
        return
    with EmbeddedPostgres(settings.EMBEDDED_POSTGRES.folder, durable=False).running():
        yield


@pytest.fixture(autouse=True)
def _media(tmp_path: Path, settings: object) -> None:
    """Documents of a test go away with it."""
    settings.MEDIA_ROOT = tmp_path / "media"  # type: ignore[attr-defined]


@pytest.fixture
def owner(db: None) -> object:
    """The user whose runs a test is about."""
    from runs.models import User

    return User.objects.create_user("owner", password="owner's password")


@pytest.fixture
def stranger(db: None) -> object:
    """A user who has nothing to do with it."""
    from runs.models import User

    return User.objects.create_user("stranger", password="stranger's password")


@pytest.fixture
def operator(db: None) -> object:
    """Somebody who looks after the site."""
    from runs.models import User

    return User.objects.create_user("operator", password="operator's password", is_staff=True, is_superuser=True)

"""A real PostgreSQL for every test: ``DATABASE_URL``'s, or an embedded one of this session's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
import django.conf
import pytest
from playwright.sync_api import Browser, sync_playwright

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
    # Tests ask faster than anybody: those of the rates set their own.
    django.conf.settings.TOKEN_REQUESTS_PER_MINUTE = 0
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


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """Let Django empty the tables between tests: the audit's trigger, which refuses that, is set aside for it."""
    from django.db.backends.postgresql.operations import DatabaseOperations

    empty = DatabaseOperations.execute_sql_flush

    def empty_the_audit_too(self: DatabaseOperations, statements: list[str]) -> None:
        guard = "ALTER TABLE runs_auditentry {} TRIGGER audit_is_not_emptied"
        empty(self, [guard.format("DISABLE"), *statements, guard.format("ENABLE")])

    # The class's: in a thread with an event loop, as a browser's tests have, the connection is another one.
    DatabaseOperations.execute_sql_flush = empty_the_audit_too  # type: ignore[method-assign]


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


@pytest.fixture(scope="session")
def chromium() -> str:
    """The system's Chromium. CI installs it where it is missing; elsewhere its tests are skipped, loudly."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None and os.environ.get("CI"):
        subprocess.run(["apt-get", "update"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["apt-get", "install", "-y", "chromium"], check=True, stdout=subprocess.DEVNULL)
        found = shutil.which("chromium")
        assert found, "CI must run the browser tests, and Chromium could not be installed"
    if found is None:
        pytest.skip("NO BROWSER: install Chromium to run the browser tests (apt install chromium)")
    return found


@pytest.fixture(scope="session")
def tesseract() -> str:
    """The program that recognises text in pictures, with English and German. As with Chromium: CI installs it."""
    packages = ["tesseract-ocr", "tesseract-ocr-deu"]
    found = shutil.which("tesseract")
    if found is None and os.environ.get("CI"):
        subprocess.run(["apt-get", "update"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["apt-get", "install", "-y", *packages], check=True, stdout=subprocess.DEVNULL)
        found = shutil.which("tesseract")
        assert found, "CI must run the tests of recognition, and Tesseract could not be installed"
    if found is None:
        pytest.skip(f"NO TEXT RECOGNITION: install Tesseract to run its tests (apt install {' '.join(packages)})")
    return found


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """A browser for the tests of one module."""
    # Playwright keeps an event loop in this thread while it runs; nothing of Django's runs in it.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        # Chromium refuses its sandbox to root; the pages are our own.
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
        launched = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield launched
        launched.close()

"""``manage.py up``: everything on one machine, from an empty folder to a site that answers."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import socket
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from typing import IO, Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from agentsite.addresses import Address
from agentsite.postgres import DatabaseUnavailable
from agentsite.processes import GaveUp, Program, Programs
from agentsite.static_files import collect_if_changed
from runs.models import User

START_PATIENCE_SECONDS = 30.0


class Command(BaseCommand):
    help = "Start the database (where DATABASE_URL names none), migrate, and run web, live and worker until Ctrl-C."
    requires_system_checks = ()
    requires_migrations_checks = False

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with self._alone(), self._database():
                self._refuse_taken_ports()
                self.check(display_num_errors=False)
                call_command("migrate", verbosity=0)
                self._make_first_accounts()
                if not settings.DEBUG:
                    collect_if_changed()
                self._check_new_versions()
                connection.close()
                self._run_programs()
        except (DatabaseUnavailable, GaveUp) as error:
            raise CommandError(str(error)) from None
        self.stdout.write("Stopped. Everything is kept; `make run` goes on from here.")

    # --- Before

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Refuse a second `up` on the same data."""
        settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
        with (settings.VAR_DIR / "up.lock").open("a+") as lock:
            _hold(lock)
            yield

    @contextlib.contextmanager
    def _database(self) -> Iterator[None]:
        if settings.EMBEDDED_POSTGRES is None:
            yield
            return
        with settings.EMBEDDED_POSTGRES.running():
            yield

    def _refuse_taken_ports(self) -> None:
        for name, address in (("WEB_BIND", settings.WEB_BIND), ("LIVE_BIND", settings.LIVE_BIND)):
            if not _is_free(address):
                other = Address(address.host, address.port + 80)
                raise CommandError(
                    f"Something else listens on {address}: stop it, or use another port, "
                    f"for example `{name}={other} make run`."
                )

    def _make_first_accounts(self) -> None:
        if User.objects.exists():
            return
        accounts = [("operator", secrets.token_urlsafe(9)), ("user", secrets.token_urlsafe(9))]
        User.objects.create_superuser(accounts[0][0], password=accounts[0][1])
        User.objects.create_user(accounts[1][0], password=accounts[1][1])
        self.stdout.write("\nThe first accounts, shown this once:\n")
        for name, password in accounts:
            self.stdout.write(f"    {name:<10}{password}")
        self.stdout.write(f"\nTo set a password anew: {_python()} manage.py changepassword NAME\n\n")

    def _check_new_versions(self) -> None:
        """Hold agents that have changed since the last start against their goldens; those that fail are held back."""
        try:
            call_command("checkagents", if_needed=True, stdout=self.stdout)
        except CommandError as refusal:
            self.stderr.write(str(refusal))

    # --- While

    def _run_programs(self) -> None:
        python = sys.executable
        manage = str(settings.BASE_DIR / "manage.py")
        programs = Programs(
            [
                Program("web", [python, "-m", "gunicorn", "-c", "python:agentsite.gunicorn_web"], colour=34),
                Program("live", [python, "-m", "gunicorn", "-c", "python:agentsite.gunicorn_live"], colour=35),
                Program("worker", [python, manage, "qcluster"], colour=32, patience=20),
            ],
            settings.BASE_DIR,
            {
                "DJANGO_SETTINGS_MODULE": "agentsite.settings",
                "PYTHONPATH": os.pathsep.join([str(settings.BASE_DIR), *filter(None, [os.environ.get("PYTHONPATH")])]),
                # Whoever presses Ctrl-C does not want to wait: what is not done soon is handed back.
                "DRAIN_SECONDS": os.environ.get("DRAIN_SECONDS", "2"),
                # Their output is read here, each line behind its program's name.
                "LOG_FORMAT": os.environ.get("LOG_FORMAT", "console"),
                # Off unless this machine alone can reach the site; settings refuse any other combination.
                "API_OPEN_ON_LOOPBACK": os.environ.get("API_OPEN_ON_LOOPBACK", str(not settings.IS_PUBLIC)),
            },
        )
        programs.run(when_started=lambda: self._announce(programs))

    def _announce(self, programs: Programs) -> None:
        threading.Thread(target=self._announce_when_ready, args=(programs,), daemon=True).start()

    def _announce_when_ready(self, programs: Programs) -> None:
        patience = time.monotonic() + START_PATIENCE_SECONDS
        while not programs.is_stopping and time.monotonic() < patience:
            if _answers(f"http://{settings.WEB_BIND}/healthz"):
                self.stdout.write(f"\nAgentSite is running at {settings.PUBLIC_URL} (Ctrl-C stops it)\n\n")
                return
            time.sleep(0.05)


def _hold(lock: IO[str]) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        raise CommandError(f"AgentSite is running already, as process {lock.read().strip()}.") from None
    lock.seek(0)
    lock.truncate()
    lock.write(str(os.getpid()))
    lock.flush()


def _is_free(address: Address) -> bool:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address.host.strip("[]"), address.port))
        except OSError:
            return False
    return True


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # nosec B310  # noqa: S310  Our own address.
            return bool(answer.status == 200)
    except OSError:
        return False


def _python() -> str:
    """The interpreter as somebody in the project's folder would type it."""
    with contextlib.suppress(ValueError):
        return os.path.relpath(sys.executable, settings.BASE_DIR)
    return sys.executable

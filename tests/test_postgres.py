"""The embedded database starts from nothing, over leftovers, and says what is wrong."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest

from agentsite.postgres import DatabaseUnavailable, EmbeddedPostgres
from tests.waiting import is_alive, wait_until

pytestmark = pytest.mark.slow


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path / "postgres", durable=False)
    yield server
    server.stop()


def ask(server: EmbeddedPostgres, query: str) -> object:
    words = server.settings()
    connection = psycopg2.connect(
        dbname=words["NAME"], user=words["USER"], password=words["PASSWORD"], host=words["HOST"]
    )
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(query)
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None
    finally:
        connection.close()


def main_process(server: EmbeddedPostgres) -> psutil.Process:
    return psutil.Process(int((server.data / "postmaster.pid").read_text().splitlines()[0]))


def test_starts_from_nothing_and_keeps_its_data(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    ask(postgres, "CREATE TABLE kept AS SELECT 42 AS answer")
    postgres.stop()
    assert not postgres.is_running()

    postgres.start()

    assert ask(postgres, "SELECT answer FROM kept") == 42
    assert ask(postgres, "SHOW server_encoding") == "UTF8"


def test_starting_what_runs_already_takes_it_over(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    before = main_process(postgres).pid

    EmbeddedPostgres(postgres.folder).start()

    assert main_process(postgres).pid == before


def test_the_lock_of_a_killed_server_is_no_obstacle(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    process = main_process(postgres)
    children = process.children()
    process.send_signal(signal.SIGKILL)
    wait_until(lambda: not is_alive(process) and not any(map(is_alive, children)))

    postgres.start()

    assert postgres.is_running()


def test_a_lock_whose_number_now_belongs_to_another_program_is_removed(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    lock = (postgres.data / "postmaster.pid").read_text()
    postgres.stop()
    with subprocess.Popen(["sleep", "60"]) as other:
        (postgres.data / "postmaster.pid").write_text(lock.replace(lock.splitlines()[0], str(other.pid), 1))
        try:
            postgres.start()
        finally:
            other.kill()

    assert postgres.is_running()


def test_an_interrupted_initialisation_is_begun_anew(postgres: EmbeddedPostgres) -> None:
    postgres.data.mkdir(parents=True)
    (postgres.data / "base").mkdir()

    postgres.start()

    assert postgres.is_running()


def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / ("long" * 25) / "postgres", durable=False)

    with server.running():
        assert ask(server, "SELECT 1") == 1


def test_the_password_is_readable_by_its_owner_alone(postgres: EmbeddedPostgres) -> None:
    postgres.start()

    mode = stat.S_IMODE((postgres.folder / "password").stat().st_mode)

    assert mode == 0o600


def test_nobody_gets_in_without_the_password(postgres: EmbeddedPostgres) -> None:
    postgres.start()

    with pytest.raises(psycopg2.OperationalError, match="password"):
        psycopg2.connect(dbname="agentsite", user="agentsite", host=str(postgres.socket_folder), password="guess")


@pytest.mark.skipif(os.getuid() != 0, reason="only root is refused by PostgreSQL")
def test_root_without_setpriv_is_told_what_to_do(postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    with pytest.raises(DatabaseUnavailable, match="as an ordinary user, or set DATABASE_URL"):
        postgres.start()


@pytest.mark.skipif(os.getuid() != 0, reason="an ordinary user can always reach its own folder")
def test_root_can_keep_it_where_nobody_else_can_look(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    server = EmbeddedPostgres(private / "postgres", durable=False)

    with server.running():
        assert ask(server, "SELECT 1") == 1

    assert stat.S_IMODE(private.stat().st_mode) == 0o700


def test_a_damaged_cluster_says_what_the_server_said(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    postgres.stop()
    (postgres.data / "global" / "pg_control").unlink()

    with pytest.raises(DatabaseUnavailable, match="pg_control"):
        postgres.start()

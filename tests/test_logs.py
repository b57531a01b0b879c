"""A line for each fact that one can search for, and nothing in it that somebody else may not read."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import ProgrammingError, connection
from django.test import Client

from agentsite import logs
from runs import lifecycle, origin, tokens, worker
from runs.live import Application
from runs.models import User
from runs.views.fragments import render
from tests import acting
from tests.live.viewing import Viewer, play, url_of_run

logger = structlog.stdlib.get_logger("runs.tests")


class Log:
    """What is written meanwhile, by all loggers, at every level."""

    def __init__(self) -> None:
        self.text = io.StringIO()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.getvalue().splitlines()]

    def events(self, name: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["event"] == name]


@pytest.fixture
def log() -> Iterator[Log]:
    yield from logged("json")


def logged(form: str) -> Iterator[Log]:
    log = Log()
    configuration = logs.configuration(form, "DEBUG")
    configuration["handlers"]["console"]["stream"] = log.text
    logging.config.dictConfig(configuration)
    # As a server has it that is asked to tell all: the statements themselves are Django's, and never logged by us.
    logging.getLogger("django.db.backends").setLevel("INFO")
    yield log
    logging.config.dictConfig(settings.LOGGING)
    logging.getLogger("django.db.backends").setLevel("NOTSET")


def test_a_line_says_what_where_and_for_whom(log: Log) -> None:
    with origin.coming_from(request_id="the-request"):
        logger.info("run_triggered", run_id="the-run")

    (line,) = log.lines
    assert list(line)[:3] == ["at", "level", "event"]
    assert {"event": "run_triggered", "request_id": "the-request", "run_id": "the-run"}.items() <= line.items()


def test_lines_of_others_have_the_same_form(log: Log) -> None:
    logging.getLogger("django-q").warning("%s stopped", "Process-1")
    logging.getLogger("gunicorn.error").error("Error handling request %s", "/runs/1/stream?token=abc.def")

    assert [line["event"] for line in log.lines] == ["Process-1 stopped", "Error handling request /runs/1/stream?…"]


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("agentsite_AbCdEf0123456789-_xyz is wrong", "agentsite_AbCdEf… is wrong"),
        ("Authorization: Bearer abc.def-ghi", "Authorization: Bearer …"),
        ("eyJhbGciOi.eyJzdWIi.c2ln", "…"),
        ("postgresql://me:hidden@db/runs", "postgresql://me:…@db/runs"),
        ("GET /runs/1/stream?token=hidden HTTP/1.1", "GET /runs/1/stream?… HTTP/1.1"),
        ("https://x.example.org/back?code=hidden&state=hidden", "https://x.example.org/back?…"),
        ("sessionid=hidden; csrftoken=hidden", "sessionid=…; csrftoken=…"),
        ("one\ntwo\x1b[31m\u2028three", "one two [31m three"),
        ("Is it there? Yes.", "Is it there? Yes."),
        ("x" * 5_000, "x" * 999 + "…"),
    ],
)
def test_secrets_are_blotted_out_and_lines_stay_lines(log: Log, said: str, written: str) -> None:
    logger.info("said", what=said, deep={"in": [said]})

    (line,) = log.lines
    assert (line["what"], line["deep"]["in"]) == (written, [written])


def test_values_under_secret_names_are_blotted_out(log: Log) -> None:
    logger.info("said", password="hidden", new_secret="hidden", Cookie="hidden", token="hidden", prefix="shown")

    assert "hidden" not in log.text.getvalue()
    assert log.lines[0]["prefix"] == "shown"


@pytest.mark.django_db
def test_an_exception_is_told_without_the_statement_and_its_values(log: Log) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT marked_payload FROM runs_user WHERE username = %s", ["MARKED-VALUE"])
    except ProgrammingError:
        logger.exception("failed")

    (line,) = log.lines
    assert line["exception"] == 'ProgrammingError: column "marked_payload" does not exist'
    assert "MARKED-VALUE" not in log.text.getvalue()
    assert any("test_logs.py" in frame for frame in line["where"])


def test_a_terminal_shows_the_fact_and_short_ids() -> None:
    for log in logged("console"):
        with origin.coming_from(request_id="0123456789abcdef"):
            logger.info("run_triggered", agent="rehearsal")
        said = log.text.getvalue()

    assert "run_triggered" in said
    assert "request_id=01234567\n" in said


@pytest.mark.django_db(transaction=True)
def test_the_whole_way_of_a_run_is_told_and_nothing_it_was_given_or_found(log: Log, owner: User) -> None:
    """Signs in, uploads, triggers, runs, watches, fails, with marked secrets and texts; then searches all lines."""
    owner.set_password("MARKED-password-1")
    owner.save()
    page = Client(raise_request_exception=False)
    page.post("/sign-in/", {"username": "owner", "password": "MARKED-password-wrong"})
    page.post("/sign-in/", {"username": "owner", "password": "MARKED-password-1"})
    file = ContentFile(b"MARKED-payload: total EUR 12.50", name="MARKED-name.txt")
    with_id = {"X-Request-ID": "the-trigger"}
    page.post("/agents/document-extractor/", {"document": file}, headers=with_id)
    run = owner.runs.get()
    worker.deliver(str(run.pk))
    run.refresh_from_db()
    assert run.status == "completed", run.error

    _, secret = tokens.issue(owner, "MARKED-token-name", scopes=tokens.USUAL)
    script = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {secret}"})
    script.get(f"/api/v1/runs?token={secret}")
    script.post("/api/v1/runs", {"agent": "rehearsal", "input": {"MARKED": 1}}, content_type="application/json")
    Client().get("/api/v1/runs", headers={"Authorization": f"Bearer {secret}x"})
    attempt = acting.started(acting.pending(owner))
    lifecycle.fail(attempt, "invalid_input", "MARKED-sentence", traceback="MARKED-trace", is_retryable=False)  # type: ignore[arg-type]
    url = url_of_run(run)

    async def scene(live: Application) -> None:
        await Viewer(live, url).rest()

    play(scene, render)

    told = log.text.getvalue()
    assert "MARKED" not in told
    assert secret not in told
    assert url.partition("token=")[2] not in told
    names = {line["event"] for line in log.lines}
    expected = {"run_triggered", "run_started", "run_completed", "run_failed", "token_issued"}
    assert expected | {"request_answered", "stream_answered"} <= names
    for name in ("run_triggered", "run_started", "run_completed"):
        first = log.events(name)[0]
        assert (first["request_id"], first["run_id"], first["user_id"]) == ("the-trigger", str(run.pk), str(owner.pk))
    answered = {line["path"]: line for line in log.events("request_answered")}
    assert answered["/api/v1/runs"]["status"] == 401, "the last one"
    assert answered["/agents/document-extractor/"]["user_id"] == str(owner.pk)


@pytest.mark.django_db
def test_pages_that_ask_by_themselves_and_static_files_are_told_only_when_they_fail(log: Log, owner: User) -> None:
    page = Client()
    page.force_login(owner)

    page.get("/update/", headers={"HX-Request": "true"})
    page.get("/healthz")
    page.get("/nothing/", headers={"HX-Request": "true"})

    told = [(line["path"], line["level"]) for line in log.events("request_answered")]
    assert told == [("/update/", "debug"), ("/healthz", "debug"), ("/nothing/", "info")]


def test_gunicorn_says_it_in_the_same_form(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    from gunicorn.config import Config

    before = sys.stderr
    said = logs.GunicornLogger(Config())
    said.error("Error handling request %s", "/runs/1/stream?token=abc")

    assert sys.stderr is before
    assert json.loads(capsys.readouterr().err.splitlines()[-1])["event"] == "Error handling request /runs/1/stream?…"

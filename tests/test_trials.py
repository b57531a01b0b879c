"""An agent is tried as a worker would run it, and each promise it breaks is named."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from runs.agents import AGENTS
from runs.trials import Outcome, Trial
from tests.sites import ROOT

QUICK: dict[str, dict[str, Any]] = {"rehearsal": {"seconds": 2, "steps": 20}}
LIARS = """
import time
from pathlib import Path
from pydantic import BaseModel
from runs.agents.base import Agent, AgentInput, Answer, DocumentReference, FatalError
from runs.documents import read

class Input(AgentInput):
    document: DocumentReference | None = None

class Value(BaseModel):
    page: int
    quote: str

class Output(BaseModel):
    fields: list[Value] = []

class Liar(Agent[Input, Output]):
    label = "Liar"
    description = "Breaks a promise."
    version = "1"
    sample = Path(__file__).with_name("sample.txt")
    Input = Input
    Output = Output

    def run(self, context, input):
        context.step("Lying")
        return self.lie(context)

class Inventor(Liar):
    name = "inventor"
    def lie(self, context):
        read(context.document.path)
        values = [Value(page=1, quote="said nowhere at all"), Value(page=7, quote="beyond the end")]
        return Answer("done", Output(fields=values))

class Mute(Liar):
    name = "mute"
    def run(self, context, input):
        read(context.document.path)
        return Answer("done", Output())

class Rambler(Liar):
    name = "rambler"
    def lie(self, context):
        read(context.document.path)
        return Answer("two\\nlines", Output())

class Deaf(Liar):
    name = "deaf"
    def lie(self, context):
        read(context.document.path)
        time.sleep(3)
        return Answer("slept", Output())

class Careless(Liar):
    name = "careless"
    def lie(self, context):
        context.document.path.read_bytes().decode("ascii")
        return Answer("read", Output())
"""


@pytest.mark.parametrize("name", list(AGENTS))
@pytest.mark.django_db
def test_every_agent_of_the_site_keeps_the_contract(name: str) -> None:
    outcomes = list(Trial(AGENTS[name], QUICK.get(name, {})).outcomes())

    assert len(outcomes) >= 4
    assert [outcome for outcome in outcomes if not outcome.is_kept] == []


@pytest.fixture(scope="module")
def liars(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installed package whose agents each break one promise."""
    folder = tmp_path_factory.mktemp("liars")
    (folder / "liars.py").write_text(LIARS)
    (folder / "sample.txt").write_text("A sample of one line.")
    about = folder / "liars-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: liars\nVersion: 1\n")
    points = [f"{name} = liars:{name.title()}" for name in ("inventor", "mute", "rambler", "deaf", "careless")]
    (about / "entry_points.txt").write_text("\n".join(["[agentsite.agents]", *points]))
    return folder


def tried(packages: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "manage.py", "tryagent", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(packages), "STOP_GRACE_SECONDS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "promise", "fault"),
    [
        ("inventor", "points at places that are there", "is not on page 1: “said nowhere at all”"),
        ("inventor", "points at places that are there", "page 7, which is not there"),
        ("mute", "tells those who watch what it does", "never says by context.step"),
        ("rambler", "answers, in the shape it declares", "Its result must be one line"),
        ("careless", "refuses an empty file in a sentence", "It answered all the same."),
        ("careless", "refuses a file of no kind in a sentence", "not as invalid_input"),
    ],
)
def test_a_broken_promise_is_named(liars: Path, name: str, promise: str, fault: str) -> None:
    code, said = tried(liars, name)

    assert code == 1
    assert f"BROKEN  It {promise}." in said
    assert fault in said


@pytest.mark.slow
def test_one_that_goes_on_is_killed_and_said_to_have_been(liars: Path) -> None:
    code, said = tried(liars, "deaf", "--input", "{}")

    assert code == 1
    assert "It went on for 1 s after it was asked to stop, and was killed." in said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nobody"], "There is no agent named 'nobody'."),
        (["document-extractor", "--document", "/nowhere.pdf"], "There is no file /nowhere.pdf."),
        (["rehearsal", "--document", "manage.py"], "rehearsal takes no document."),
        (["rehearsal", "--set", "seconds=many"], "seconds:"),
    ],
)
def test_what_cannot_be_tried_is_refused_in_a_sentence(liars: Path, arguments: list[str], sentence: str) -> None:
    code, said = tried(liars, *arguments)

    assert code == 2
    assert sentence in said


def test_a_promise_without_faults_is_kept() -> None:
    assert Outcome("answers").is_kept
    assert not Outcome("answers", ["It ended without a word."]).is_kept

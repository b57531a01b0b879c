"""A thousand spoilt documents through the agents: each ends with an answer or a sentence, and no worker is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile

from runs import lifecycle, processes, uploads, worker
from runs.documents import read
from runs.errors import DocumentRefused
from runs.models import ErrorCode, Status, User
from tests import acting
from tests.mutations.attempts import AGENTS, COUNT, RUN_SECONDS, document
from tests.mutations.monsters import MONSTERS
from tests.mutations.originals import originals
from tests.sites import ROOT

PARTS = 2
THROUGH_A_WORKER = [
    "form-within-itself.pdf", "kids-in-circles.pdf", "bomb-of-zeros.pdf", "elements.docx", "attributes.html",
    "parts.eml", "every-byte.txt", "bomb.png", "in-circles.tif",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.usefixtures("tesseract")
def test_a_thousand_spoilt_documents_end_well(tmp_path: Path) -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "agentsite.settings"}
    with ExitStack() as files:
        started = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.mutations.attempts", str(part), str(PARTS)],
                cwd=ROOT,
                env=environment,
                stdout=files.enter_context((tmp_path / str(part)).open("w")),
            )
            for part in range(PARTS)
        ]
        codes = [process.wait() for process in started]
    attempts = [json.loads(line) for part in range(PARTS) for line in (tmp_path / str(part)).read_text().splitlines()]

    assert codes == [0] * PARTS
    assert len(attempts) == COUNT * len(AGENTS)
    assert [attempt for attempt in attempts if not _ended_well(attempt)] == []


def _ended_well(attempt: dict[str, Any]) -> bool:
    if attempt["seconds"] >= RUN_SECONDS:
        return False
    is_refused = attempt["code"] == ErrorCode.INVALID_INPUT and attempt["error"].endswith(".")
    return attempt["kind"] == "answer" or is_refused


@pytest.fixture
def _no_process_left() -> Iterator[None]:
    yield
    while processes._ready:
        processes._ready.pop().end()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_no_process_left")
@pytest.mark.parametrize("name", THROUGH_A_WORKER)
def test_a_worker_outlives_a_monster(owner: User, name: str) -> None:
    with suppress(DocumentRefused):  # which is an end with a sentence, too
        kept = uploads.keep(ContentFile(MONSTERS[name](), name), owner)
        for agent in AGENTS:
            run = lifecycle.trigger(owner, agent, {"document": str(kept.pk)})
            worker.deliver(str(run.pk))
            ended = acting.fresh(run)
            assert ended.status == Status.COMPLETED or ended.error_code == ErrorCode.INVALID_INPUT, ended.error
            assert ended.attempt == 1, "what is wrong with a document stays wrong"


def test_every_document_is_the_same_at_every_call() -> None:
    numbers = range(len(MONSTERS), len(MONSTERS) + 60)
    assert [document(number) for number in numbers] == [document(number) for number in numbers]


def test_most_documents_are_spoilt_and_different_from_each_other() -> None:
    made = {document(number)[1] for number in range(len(MONSTERS), 400)}
    assert len(made) > (400 - len(MONSTERS)) * 0.95
    assert not made & set(originals().values())


@pytest.mark.usefixtures("tesseract")
@pytest.mark.parametrize("name", originals())
def test_the_documents_they_are_made_of_are_sound(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(originals()[name])
    assert "1,190.00" in read(path).text or "table" in name

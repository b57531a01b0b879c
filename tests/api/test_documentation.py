"""``docs/api.md``, example by example: each is run as it stands, and answered as it says."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from runs import lifecycle
from runs.agents import DocumentExtractor
from runs.agents.policy_checker import PolicyChecker
from runs.models import AgentRun, Status, User
from tests.agents.recording import RecordingContext, document_file
from tests.live.serving import live_process

DOCUMENTATION = Path(site_settings.BASE_DIR) / "docs" / "api.md"
SITE = "http://localhost:8000"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXACT = {"status", "title", "code", "detail", "choices", "kind", "result", "loc", "msg", "type", "agent", "media_type"}
"""What an example must say as it is; the rest are ids, times and the like."""


@dataclass(frozen=True)
class Example:
    language: str
    text: str
    answer: Any

    @property
    def needs_a_worker(self) -> bool:
        """Whether it waits for a run to end."""
        return "while " in self.text or "curl -sN" in self.text


def examples() -> list[Example]:
    blocks = BLOCK.findall(DOCUMENTATION.read_text())
    following = [*blocks[1:], ("", "")]
    return [
        Example(language, text, json.loads(after) if next_language == "json" else None)
        for (language, text), (next_language, after) in zip(blocks, following, strict=True)
        if language in ("bash", "python")
    ]


def test_every_call_is_in_an_example() -> None:
    text = DOCUMENTATION.read_text()
    shown = "\n".join(example.text for example in examples())
    assert text.count("curl ") == shown.count("curl ") > 15
    assert {language for language, _ in BLOCK.findall(text)} == {"console", "bash", "json", "python"}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_every_example_works_as_it_stands(live_server: Any, settings: Settings, tmp_path: Path) -> None:
    settings.API_OPEN_ON_LOOPBACK = True
    User.objects.create_user("alice")
    secret = io.StringIO()
    call_command("issuetoken", "alice", name="nightly import", expires_days=90, stdout=secret, stderr=io.StringIO())
    User.objects.create_user("olga", is_staff=True)
    operators = io.StringIO()
    call_command("issuetoken", "olga", name="operating", stdout=operators, stderr=io.StringIO())
    assert DocumentExtractor.sample is not None
    (tmp_path / "invoice.pdf").write_bytes(DocumentExtractor.sample.read_bytes())
    names = {"TOKEN": secret.getvalue().strip(), "OPERATORS_TOKEN": operators.getvalue().strip()}
    (tmp_path / "names.sh").write_text("".join(f"export {name}={value}\n" for name, value in names.items()))
    with live_process(settings):
        follow_the_documentation(live_server.url, tmp_path)
    assert (tmp_path / "copy.pdf").read_bytes() == (tmp_path / "invoice.pdf").read_bytes()


def follow_the_documentation(url: str, folder: Path) -> None:
    for example in examples():
        with a_worker() if example.needs_a_worker else nothing_happening():
            said = run(example, url, folder)
        if example.answer is not None:
            assert_alike(example.answer, json.loads(said), example.text)
        if "curl -sN" in example.text:
            assert "event: end" in said


def run(example: Example, url: str, folder: Path) -> str:
    """Run one example; the names it sets are there for the next."""
    text = example.text.replace(SITE, url)
    if example.language == "python":
        (folder / "example.py").write_text(text)
        text = f"{sys.executable} example.py"
    script = f"set -aeuo pipefail\nsource names.sh\n{text}\nexport -p > names.sh"
    # Answers of the site come within moments; what waits for ever is a failure, not a hang.
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def assert_alike(shown: Any, real: Any, where: str, name: str = "") -> None:
    """The same keys and kinds, and the same values where the example means them; ``{}`` and ``[]`` stand for any."""
    place = f"{name} of {where}"
    if isinstance(shown, dict):
        assert isinstance(real, dict), place
        if shown:
            assert list(shown) == list(real), place
        for key, value in shown.items():
            assert_alike(value, real[key], where, key)
    elif isinstance(shown, list) and name not in EXACT:
        assert isinstance(real, list), place
        if shown:
            assert real, place
            assert_alike(shown[0], real[0], where, name)
    elif name in EXACT:
        assert shown == real, place
    else:
        assert type(shown) is type(real), place


@contextmanager
def nothing_happening() -> Iterator[None]:
    yield


def checked() -> Any:
    """What the checker finds in its sample."""
    assert PolicyChecker.sample is not None
    context = RecordingContext(document=document_file(PolicyChecker.sample))
    return PolicyChecker().run(context, PolicyChecker.Input()).output.model_dump(mode="json")


@contextmanager
def a_worker() -> Iterator[None]:
    """Somebody who completes whatever is pending, by the worker's verbs."""
    is_over = threading.Event()

    def work() -> None:
        while not is_over.wait(0.05):
            for run_id in AgentRun.objects.filter(status=Status.PENDING).values_list("pk", flat=True):
                attempt = lifecycle.start(run_id, "testhost:1")
                if attempt is not None and attempt.agent == PolicyChecker.name:
                    lifecycle.complete(attempt, "approved", checked())
                elif attempt is not None:
                    lifecycle.complete(attempt, "extracted", {"fields": []}, "no values")
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()

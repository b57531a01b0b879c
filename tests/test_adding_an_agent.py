"""The guide for agents' authors, followed to the letter: one file, one line, and the agent is everywhere."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

import pytest
from django.test import Client

from runs import agents
from runs.agents.base import Agent, DocumentFile
from runs.models import ApiToken, User
from tests.agents.recording import RecordingContext

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def word_counter(monkeypatch: pytest.MonkeyPatch) -> Iterator[Agent[Any, Any]]:
    """The guide's agent, registered."""
    found = re.search(r"```python\n(.+?)```", (ROOT / "docs" / "agents.md").read_text(), re.DOTALL)
    assert found is not None
    module = ModuleType("runs.agents.word_counter")
    module.__file__ = str(ROOT / "runs" / "agents" / "word_counter.py")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(found[1], module.__file__, "exec"), module.__dict__)
    agent = module.WordCounter()
    monkeypatch.setattr(agents, "AGENTS", MappingProxyType({**agents.AGENTS, agent.name: agent}))
    return agent


def test_it_does_its_work(word_counter: Agent[Any, Any]) -> None:
    assert word_counter.sample is not None
    document = DocumentFile(word_counter.sample, "sample.pdf", "application/pdf", 1, "0")

    answer = word_counter.run(RecordingContext(document=document), word_counter.Input(at_least=9))

    assert answer.result == "counted"
    assert answer.output.most_frequent[0].count > 1
    assert min(len(entry.word) for entry in answer.output.most_frequent) >= 9


@pytest.mark.django_db
def test_its_form_appears(word_counter: Agent[Any, Any], client: Client, owner: User) -> None:
    client.force_login(owner)

    assert "Word counter" in client.get("/").content.decode()
    page = client.get("/agents/word-counter/").content.decode()
    assert "Shortest word" in page
    assert 'type="file"' in page
    refused = client.post("/agents/word-counter/", {"at_least": "99"})
    assert "less than or equal to 30" in refused.content.decode() or "at most 30" in refused.content.decode()


@pytest.mark.django_db
def test_the_api_knows_it(word_counter: Agent[Any, Any], client: Client, owner: User) -> None:
    _, secret = ApiToken.issue(owner, "script")
    headers = {"Authorization": f"Bearer {secret}"}

    shown = client.get("/api/v1/agents/word-counter", headers=headers).json()
    assert shown["input_schema"]["properties"]["at_least"]["maximum"] == 30
    body = {"agent_type": "word-counter", "user_id": str(owner.pk)}
    assert client.post("/agents/run", body, content_type="application/json", headers=headers).status_code == 200

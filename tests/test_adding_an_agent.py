"""The guide for agents' authors, followed to the letter: one file, one line, and the agent is everywhere."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.sites import ROOT, Site, sites

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

GUIDE = (ROOT / "docs" / "agents.md").read_text()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A copy of the project with the guide's agent, running."""
    folder = tmp_path_factory.mktemp("copy")
    root = folder / "project"
    for part in ("agentsite", "runs", "templates", "static"):
        shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", root)
    add_the_agent(root / "runs" / "agents")
    with sites(folder) as start:
        started = start(root)
        started.until_ready()
        yield started


def add_the_agent(agents: Path) -> None:
    """One file and one line, as the guide says."""
    found = re.search(r"```python\n(.+?)```", GUIDE, re.DOTALL)
    assert found is not None
    (agents / "word_counter.py").write_text(found[1])
    registry = (agents / "__init__.py").read_text()
    assert "add `WordCounter(),` to `AGENTS`" in GUIDE
    registry = registry.replace("            Rehearsal(),\n", "            Rehearsal(),\n            WordCounter(),\n")
    imported = "from runs.agents.word_counter import WordCounter\n"
    registry = registry.replace("from runs.errors import", f"{imported}from runs.errors import")
    (agents / "__init__.py").write_text(registry)


def test_the_original_api_runs_it(site: Site) -> None:
    run_id = site.trigger("word-counter").json()["run_id"]

    ended = site.until_ended(run_id)

    assert (ended["status"], ended["result"], ended["agent_type"]) == ("completed", "counted", "word-counter")


def test_the_api_shows_its_schema(site: Site) -> None:
    token = site.manage("issuetoken", "user").strip()

    answer = httpx.get(f"{site.url}/api/v1/agents/word-counter", headers={"Authorization": f"Bearer {token}"})

    assert answer.json()["input_schema"]["properties"]["at_least"]["maximum"] == 30


def test_its_form_appears_and_holds_its_bounds(site: Site) -> None:
    with httpx.Client(base_url=site.url, follow_redirects=True) as browser:
        form = {"username": "user", "password": site.passwords["user"]}
        browser.post("/sign-in/", data={**form, "csrfmiddlewaretoken": csrf(browser, "/sign-in/")})
        assert "Word counter" in browser.get("/").text

        path = "/agents/word-counter/"
        assert "Shortest word" in browser.get(path).text
        refused = browser.post(path, data={"at_least": "99", "csrfmiddlewaretoken": csrf(browser, path)})

    assert refused.status_code == 422
    assert 'value="99"' in refused.text


def csrf(browser: httpx.Client, path: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.get(path).text)
    assert found is not None
    return found[1]


def test_the_terminal_runs_it(site: Site) -> None:
    said = site.manage("runagent", "word-counter", "--user", "user", "--set", "at_least=6")

    assert "counted" in said or "words" in said

"""The guide for agents' authors, followed to the letter: a package is installed, and its agent is everywhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.sites import ROOT, Site, sites

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

GUIDE = (ROOT / "docs" / "agents.md").read_text()
FILES = {
    "word-counter/pyproject.toml": "toml",
    "word-counter/src/word_counter/__init__.py": "python",
    "word-counter/src/word_counter/sample.txt": "text",
}
BROKEN = """
[project]
name = "broken-agents"
version = "0.1"
[project.entry-points."agentsite.agents"]
away = "module_that_is_not_there:Agent"
impostor = "impostor:Impostor"
[build-system]
requires = ["uv_build>=0.9,<1"]
build-backend = "uv_build"
[tool.uv.build-backend]
module-name = "impostor"
"""
IMPOSTOR = """
from word_counter import WordCounter
class Impostor(WordCounter):
    name = "policy-checker"
"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The guide's package, and one that brings what no site can take, installed into a folder of their own."""
    folder = tmp_path_factory.mktemp("packages")
    for path, language in FILES.items():
        found = re.search(rf"`{re.escape(path)}`.*?```{language}\n(.+?)```", GUIDE, re.DOTALL)
        assert found is not None, path
        write(folder / path, found[1])
    write(folder / "broken-agents" / "pyproject.toml", BROKEN)
    write(folder / "broken-agents" / "src" / "impostor" / "__init__.py", IMPOSTOR)
    for package in ("word-counter", "broken-agents"):
        assert ".venv/bin/pip install ./word-counter" in GUIDE
        install = [sys.executable, "-m", "uv", "pip", "install", "--offline", "--no-deps", "--quiet"]
        subprocess.run([*install, "--target", str(folder / "installed"), str(folder / package)], check=True)
    return folder / "installed"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture(scope="module")
def site(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """This project, running with both packages installed."""
    with sites(tmp_path_factory.mktemp("site")) as start:
        started = start(PYTHONPATH=str(packages))
        started.until_ready()
        yield started


def test_the_original_api_runs_it(site: Site) -> None:
    run_id = site.trigger("word-counter").json()["run_id"]

    ended = site.until_ended(run_id)

    assert (ended["status"], ended["result"], ended["agent_type"]) == ("completed", "counted", "word-counter")


def test_the_api_shows_its_schema_and_its_package(site: Site) -> None:
    token = site.manage("issuetoken", "user").strip()

    answer = httpx.get(f"{site.url}/api/v1/agents/word-counter", headers={"Authorization": f"Bearer {token}"}).json()

    assert answer["input_schema"]["properties"]["at_least"]["maximum"] == 30
    assert answer["package"] == "word-counter 1.0.0"


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


def test_it_keeps_the_contract(site: Site) -> None:
    assert "word-counter 1.0.0 keeps the contract." in site.manage("tryagent", "word-counter")


def test_what_a_package_brings_in_vain_is_told_and_changes_nothing(site: Site) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "check"],
        env=site.environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "broken-agents 0.1, entry point away: It cannot be loaded: ModuleNotFoundError" in done.stderr
    assert "entry point impostor: An agent named policy-checker is there already." in done.stderr
    run_id = site.trigger("policy-checker").json()["run_id"]
    assert site.until_ended(run_id)["result"] in ("approved", "rejected")


def test_a_package_can_be_imported_before_the_site_is(packages: Path) -> None:
    """As its author's own tests do: the package is then half loaded when the site looks for agents."""
    code = "import word_counter; from runs import agents; print(agents.get('word-counter').label)"

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(packages)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "Word counter"

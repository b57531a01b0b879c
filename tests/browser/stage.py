"""The people of a site under test, and what is staged for them."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.sites import Site

PASSWORD = "correct horse battery staple"  # Of every one of them.
AT_A_TIME = 16


@dataclass(frozen=True)
class Person:
    """Somebody with an account, and the session of a browser in which they have signed in."""

    name: str
    is_operator: bool
    session: str
    password: str = PASSWORD


class Stage:
    """Asks the stagehand; see ``stagehand`` for what it can do."""

    def __init__(self, site: Site, hand: subprocess.Popen[str]) -> None:
        self.site = site
        self._hand = hand
        self._people: list[Person] = []

    def _ask(self, act: str, **given: Any) -> Any:
        assert self._hand.stdin is not None
        assert self._hand.stdout is not None
        self._hand.stdin.write(json.dumps({"act": act, "with": given}) + "\n")
        self._hand.stdin.flush()
        answer = self._hand.stdout.readline()
        assert answer, f"the stagehand could not {act} {given}: see its traceback above"
        return json.loads(answer)

    def somebody(self, *, is_operator: bool = False) -> Person:
        """Somebody nobody else has met."""
        while True:
            for person in self._people:
                if person.is_operator == is_operator:
                    self._people.remove(person)
                    return person
            made = self._ask("people", count=AT_A_TIME, password=PASSWORD)
            self._people += [Person(**each) for each in made]

    def end_runs(self, of: Person) -> None:
        self._ask("end_runs", name=of.name)

    def run(self, of: Person, status: str) -> str:
        """The path of a rehearsal that stays in ``status``, brought there without a worker."""
        return f"/runs/{self._ask('run', name=of.name, status=status)}/"

    def progress(self, path: str, percent: int, line: str = "") -> None:
        """Let the running run at ``path`` get on."""
        self._ask("progress", run_id=_id_of(path), percent=percent, line=line)

    def complete(self, path: str, summary: str) -> None:
        """Let it end well."""
        self._ask("complete", run_id=_id_of(path), summary=summary)

    def start(self, path: str) -> float:
        """Start the pending run at ``path``; when, in seconds of the epoch."""
        return float(self._ask("start", run_id=_id_of(path)))

    def hand_back(self, path: str) -> float:
        """Make it pending again; when."""
        return float(self._ask("hand_back", run_id=_id_of(path)))

    def page_of(self, template: str, of: Person, **given: Any) -> str:
        """The HTML of a page that takes an accident to see."""
        return str(self._ask("page_of", template=template, name=of.name, **given))

    def status(self, path: str) -> str:
        """How the run at ``path``, a path or URL of its page, stands in the database."""
        return str(self._ask("status", run_id=_id_of(path)))


def _id_of(path: str) -> str:
    return path.rstrip("/").rsplit("/", 1)[-1]


@contextlib.contextmanager
def stages(site: Site) -> Iterator[Stage]:
    """The stage of ``site``, while it is needed."""
    command = [sys.executable, "-m", "tests.browser.stagehand"]
    environment = {**site.environment, "DJANGO_SETTINGS_MODULE": "agentsite.settings"}
    with subprocess.Popen(
        command, cwd=site.root, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as hand:
        yield Stage(site, hand)
        assert hand.stdin is not None
        hand.stdin.close()

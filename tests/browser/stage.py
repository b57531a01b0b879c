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

    def page_of(self, template: str, of: Person, **given: Any) -> str:
        """The HTML of a page that takes an accident to see."""
        return str(self._ask("page_of", template=template, name=of.name, **given))

    def status(self, path: str) -> str:
        """How the run at ``path``, a path or URL of its page, stands in the database."""
        return str(self._ask("status", run_id=path.rstrip("/").rsplit("/", 1)[-1]))


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

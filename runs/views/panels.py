"""The tabs of a run's page: always the same, whatever the run's status.

Each is a partial of its own. The chosen one is rendered in full; while a run goes on, so are
those that updates reach; the others are fetched when somebody turns to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from runs.models import AgentRun, Status

LABELS: Final = {
    "result": "Result",
    "evidence": "Evidence",
    "log": "Log",
    "timeline": "Timeline",
    "input": "Input",
    "json": "JSON",
}
REACHED_BY_UPDATES: Final = ("result", "log", "timeline")


@dataclass(frozen=True, slots=True)
class Panel:
    """One tab and what it shows."""

    name: str
    is_current: bool
    is_rendered: bool
    is_hidden: bool = False

    @property
    def label(self) -> str:
        return LABELS[self.name]

    @property
    def element(self) -> str:
        """Its element's id, and its partial's name."""
        return f"_run_{self.name}"

    @property
    def template(self) -> str:
        if self.is_hidden:
            return "_run_hidden.html"
        return f"{self.element}.html" if self.is_rendered else "_run_panel.html"


def default_tab(run: AgentRun) -> str:
    """What most readers come for: what it says while it runs, what came of it afterwards."""
    if run.is_hidden:
        return "timeline"
    if run.is_final:
        return "result"
    return "timeline" if run.status == Status.WAITING else "log"


def panels_of(run: AgentRun, current: str) -> list[Panel]:
    """All tabs in their order."""
    live = () if run.is_final else REACHED_BY_UPDATES
    return [
        Panel(name, name == current, name == current or name in live, run.is_hidden and name != "timeline")
        for name in LABELS
    ]

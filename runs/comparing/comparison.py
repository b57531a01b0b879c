"""What a comparison is, and making one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import Any, Final, get_args

from runs.agents import AGENTS
from runs.comparing.fields import field_rows
from runs.comparing.findings import finding_rows, verdict_rows
from runs.comparing.rows import Row, State
from runs.comparing.stability import stability
from runs.comparing.trees import Place, tree_rows
from runs.errors import NotComparable
from runs.models import AgentRun, Status
from runs.models.run import AgentRunQuerySet
from runs.shapes import NO_SHAPE, Shape, shape_of

STATES: Final[tuple[State, ...]] = get_args(State)
MOST_ROWS: Final = 2000


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that belong together."""

    title: str
    rows: list[Row]

    def changes(self) -> Group:
        """The same without what has not changed."""
        return Group(self.title, [row for row in self.rows if row.is_change])


@dataclass(frozen=True)
class Comparison:
    """Two runs of one agent, and every value of theirs. ``is_cut``: there were too many to show all."""

    left: AgentRun
    right: AgentRun
    groups: list[Group]
    is_cut: bool = False

    @cached_property
    def counts(self) -> dict[State, int]:
        """How many rows are in each state."""
        counted = Counter(row.state for group in self.groups for row in group.rows)
        return {state: counted[state] for state in STATES}

    @property
    def row_count(self) -> int:
        return sum(self.counts.values())

    @property
    def change_count(self) -> int:
        return self.row_count - self.counts["same"]

    @property
    def is_of_one_document(self) -> bool:
        """Whether both worked on the same content: the same document, or both on the agent's sample."""
        return _content(self.left) == _content(self.right)

    @property
    def without_output(self) -> list[AgentRun]:
        """Those of the two that have nothing to compare."""
        return [run for run in (self.left, self.right) if run.output is None]

    def changes(self) -> list[Group]:
        """The groups without what is the same, and without those in which nothing has changed."""
        return [changed for group in self.groups if (changed := group.changes()).rows]


def compare(left: AgentRun, right: AgentRun, *, among: AgentRunQuerySet) -> Comparison:
    """Hold ``left`` against ``right``. ``among``: the runs that may be read for how stable a value is.

    Raises ``NotComparable`` where the two are of different agents, or one and the same.
    """
    if left.pk == right.pk:
        raise NotComparable("These are one and the same run. Choose two to compare them.")
    if left.agent != right.agent:
        names = [AGENTS[run.agent].label if run.agent in AGENTS else run.agent for run in (left, right)]
        raise NotComparable(
            f"One is a run of {names[0]}, the other of {names[1]}: their answers have nothing in common to compare."
        )
    told = stability(among, right)
    rows = (
        (title, replace(row, stability=told.get(row.name, "")) if row.is_change else row)
        for title, row in _rows(left.agent, left.output, right.output)
    )
    kept = list(islice(rows, MOST_ROWS + 1))
    return Comparison(left, right, _grouped(kept[:MOST_ROWS]), len(kept) > MOST_ROWS)


def changed_rows(agent: str, left: Any, right: Any) -> list[Row]:
    """What differs between two outputs of ``agent``, value by value."""
    return [row for _, row in _rows(agent, left, right) if row.is_change]


def earlier_run(run: AgentRun, *, among: AgentRunQuerySet) -> AgentRun | None:
    """What ``run`` is most naturally compared with: the run it repeats, else the last one before it like it."""
    if run.rerun_of_id is not None and (found := among.filter(pk=run.rerun_of_id, agent=run.agent).first()):
        return found
    alike = among.filter(agent=run.agent, user=run.user_id, document=run.document_id, status=Status.COMPLETED)
    return alike.filter(created_at__lt=run.created_at).only("pk").order_by("-created_at", "-id").first()


def _content(run: AgentRun) -> str | None:
    return run.document.sha256 if run.document is not None else None


def _grouped(rows: Iterable[tuple[str, Row]]) -> list[Group]:
    groups: dict[str, list[Row]] = {}
    for title, row in rows:
        groups.setdefault(title, []).append(row)
    return [Group(title, found) for title, found in groups.items()]


def _rows(agent: str, left: Any, right: Any) -> Iterator[tuple[str, Row]]:
    """The rows with the titles of their groups."""
    shape = shape_of(AGENTS[agent].Output) if agent in AGENTS else NO_SHAPE
    lefts, rights = _object(left), _object(right)
    match agent:
        case "document-extractor":
            yield from _titled("Values", field_rows(_list(lefts, "fields"), _list(rights, "fields")))
            yield from _rest(lefts, rights, shape, "fields")
        case "policy-checker":
            yield from _titled("Verdict", verdict_rows(lefts, rights))
            yield from _titled("Rules", finding_rows(_list(lefts, "findings"), _list(rights, "findings")))
            yield from _rest(lefts, rights, shape, "verdict", "findings", "counts", "judged_on")
        case _ if left is not None or right is not None:
            yield from _titled("Output", tree_rows(lefts, rights, Place(shape)))


def _rest(left: Mapping[str, Any], right: Mapping[str, Any], shape: Shape, *known: str) -> Iterator[tuple[str, Row]]:
    lefts, rights = ({name: item for name, item in side.items() if name not in known} for side in (left, right))
    yield from _titled("Everything else", tree_rows(lefts, rights, Place(shape)))


def _titled(title: str, rows: Iterable[Row]) -> Iterator[tuple[str, Row]]:
    return ((title, row) for row in rows)


def _object(output: Any) -> dict[str, Any]:
    return output if isinstance(output, dict) else {} if output is None else {"output": output}


def _list(output: Mapping[str, Any], name: str) -> list[Any]:
    found = output.get(name)
    return found if isinstance(found, list) else []

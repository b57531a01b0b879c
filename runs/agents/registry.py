"""Which agents there are: those of this site and those that installed packages bring.

A package brings an agent by an entry point of the group ``agentsite.agents``; its name
is free, its value names an ``Agent`` class or one made of it::

    [project.entry-points."agentsite.agents"]
    word-counter = "word_counter:WordCounter"
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

from runs.agents.base import Agent
from runs.agents.contract import faults_of

GROUP: Final = "agentsite.agents"


@dataclass(frozen=True, slots=True)
class _Found:
    agents: Mapping[str, Agent[Any, Any]]
    packages: Mapping[str, str]
    refused: Sequence[str]


class Registry(Mapping[str, Agent[Any, Any]]):
    """The agents by name: the site's own first, then the packages' by package.

    Packages are looked at when something is first asked for and not before, since a package
    that is imported first imports ``runs.agents`` itself. One that cannot be loaded, does not
    keep the contract or takes a name that is taken is left out and told of in ``refused``.
    """

    def __init__(self, own: Sequence[Agent[Any, Any]]) -> None:
        self._own = tuple(own)

    @property
    def packages(self) -> Mapping[str, str]:
        """The package and its version, by the name of the agent it brought."""
        return self._found.packages

    @property
    def refused(self) -> Sequence[str]:
        """A sentence for each entry point that brought no agent."""
        return self._found.refused

    @cached_property
    def _found(self) -> _Found:
        agents: dict[str, Agent[Any, Any]] = {agent.name: agent for agent in self._own}
        packages: dict[str, str] = {}
        refused: list[str] = []
        for point in sorted(entry_points(group=GROUP), key=_order):
            package = _package(point)
            agent, fault = _loaded(point)
            if agent is not None and agent.name not in agents:
                agents[agent.name] = agent
                packages[agent.name] = package
                continue
            fault = f"An agent named {agent.name} is there already." if agent else fault
            refused.append(f"{package}, entry point {point.name}: {fault}")
        return _Found(agents, packages, refused)

    def __getitem__(self, name: str) -> Agent[Any, Any]:
        return self._found.agents[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found.agents)

    def __len__(self) -> int:
        return len(self._found.agents)


def _order(point: EntryPoint) -> tuple[str, str]:
    return _package(point), point.name


def _package(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else "A package without a name"


def _loaded(point: EntryPoint) -> tuple[Agent[Any, Any] | None, str]:
    """The agent, or else what is wrong with it."""
    try:
        brought = point.load()
        agent = brought() if isinstance(brought, type) else brought
    except (Exception, SystemExit) as error:
        # Whatever a package does when it is imported, the site and its other agents must start.
        return None, f"It cannot be loaded: {type(error).__name__}: {error}"
    faults = faults_of(agent)
    return (None, " ".join(faults)) if faults else (agent, "")

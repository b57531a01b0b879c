"""``/api/v1/agents``: what can be run, and whether."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from ninja import Router

from runs import access, agents, goldens, pausing
from runs.agents.base import Agent
from runs.api.authentication import signed_in
from runs.api.problems import refusals
from runs.limits import permitted_agent
from runs.models import AgentSettings
from runs.schemas import AgentList, AgentShape, PauseRequest, link
from runs.usual import UsualTime, usual_times

router = Router(tags=["agents"])


@router.get("", response=AgentList, openapi_extra=refusals())
def list_agents(request: HttpRequest) -> AgentList:
    """List the agents you may run, with what they take and give, and how long they usually take."""
    rows = AgentSettings.objects.for_user(signed_in(request)).select_related("paused_by").in_bulk()
    closed = {name for name, chosen in rows.items() if chosen.is_closed}
    offered, usual = [agent for name, agent in agents.AGENTS.items() if name not in closed], usual_times(agents.AGENTS)
    return AgentList(agents=[_shown(request, agent, rows.get(agent.name), usual) for agent in offered])


@router.get("/{name}", response=AgentShape, openapi_extra=refusals())
def get_agent(request: HttpRequest, name: str) -> AgentShape:
    """Show one agent."""
    return _with_settings(request, permitted_agent(signed_in(request), name))


@router.post("/{name}/pause", response=AgentShape, openapi_extra=refusals(409))
def pause_agent(request: HttpRequest, name: str, asked: PauseRequest) -> AgentShape:
    """Refuse new runs of an agent, with a reason that everybody sees. Runs already asked for go on. For operators."""
    user = signed_in(request)
    agent = permitted_agent(user, name)
    access.operates(user)
    pausing.pause(agent.name, by=user, reason=asked.reason)
    return _with_settings(request, agent)


@router.post("/{name}/resume", response=AgentShape, openapi_extra=refusals(409))
def resume_agent(request: HttpRequest, name: str) -> AgentShape:
    """Let an agent be run again. For operators."""
    user = signed_in(request)
    agent = permitted_agent(user, name)
    access.operates(user)
    pausing.resume(agent.name, by=user)
    return _with_settings(request, agent)


@router.post("/{name}/accept", response=AgentShape, openapi_extra=refusals(409))
def accept_version(request: HttpRequest, name: str) -> AgentShape:
    """Let the agent's new version be used, although it changes goldens; its answers are expected from now on.

    For operators.
    """
    user = signed_in(request)
    agent = permitted_agent(user, name)
    access.operates(user)
    goldens.accept(agent, by=user)
    return _with_settings(request, agent)


def _with_settings(request: HttpRequest, agent: Agent[Any, Any]) -> AgentShape:
    chosen = AgentSettings.objects.select_related("paused_by").filter(agent=agent.name).first()
    return _shown(request, agent, chosen, usual_times([agent.name]))


def _shown(
    request: HttpRequest, agent: Agent[Any, Any], chosen: AgentSettings | None, usual: Mapping[str, UsualTime]
) -> AgentShape:
    address = link({"request": request}, "api:get_agent", agent.name)
    return AgentShape.of(agent, chosen, usual.get(agent.name), address)

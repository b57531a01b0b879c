"""``/api/v1/agents``: what can be run."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from runs import agents
from runs.agents.base import Agent
from runs.api.authentication import signed_in
from runs.api.problems import refusals
from runs.limits import permitted_agent
from runs.models import AgentSettings
from runs.schemas import AgentList, AgentShape, link

router = Router(tags=["agents"])


@router.get("", response=AgentList, openapi_extra=refusals())
def list_agents(request: HttpRequest) -> AgentList:
    """List the agents you may run, with what they take and give."""
    rows = AgentSettings.objects.for_user(signed_in(request)).select_related("paused_by").in_bulk()
    closed = {name for name, chosen in rows.items() if chosen.is_closed}
    offered = [agent for name, agent in agents.AGENTS.items() if name not in closed]
    return AgentList(agents=[_shown(request, agent, rows.get(agent.name)) for agent in offered])


@router.get("/{name}", response=AgentShape, openapi_extra=refusals(404))
def get_agent(request: HttpRequest, name: str) -> AgentShape:
    """Show one agent."""
    agent = permitted_agent(signed_in(request), name)
    return _shown(request, agent, AgentSettings.objects.select_related("paused_by").filter(agent=agent.name).first())


def _shown(request: HttpRequest, agent: Agent[Any, Any], chosen: AgentSettings | None) -> AgentShape:
    return AgentShape.of(agent, chosen, link({"request": request}, "api:get_agent", agent.name))

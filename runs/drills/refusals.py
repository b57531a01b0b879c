"""Why a drill is not held."""

from __future__ import annotations

from runs.errors import AgentSiteError


class DrillRefused(AgentSiteError):
    """A drill would do harm now, or could not show anything."""

    code = "drill_refused"
    status = 409

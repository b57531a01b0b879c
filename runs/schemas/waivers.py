"""Waivers: failed rules of a run that somebody passes, why, and until when."""

from __future__ import annotations

from ninja import Schema
from pydantic import Field

from runs.agents.policies import Verdict
from runs.models import User, Waiver
from runs.schemas.base import Moment, Request
from runs.waivers import LONGEST_DAYS, LONGEST_REASON


class WaiverRequest(Request):
    """A rule to pass: with a reason and an end, or by the waiver of an earlier run that proposes it."""

    rule: str = Field("", max_length=64, description="The rule's id; not needed with proposal.")
    reason: str = Field("", max_length=LONGEST_REASON, description="Shown beside the finding; one must be given.")
    expires_days: int | None = Field(None, ge=1, le=LONGEST_DAYS, description="For how many days it counts.")
    proposal: int | None = Field(
        None, ge=1, lt=2**63, description="The id of a proposed waiver: its reason and its end are taken over."
    )


class WaiverShape(Schema):
    """A waiver of a run's rule."""

    id: int
    rule: str = Field(examples=["liability-cap"])
    title: str = Field(examples=["A limit of liability is stated"])
    reason: str = Field(examples=["Agreed with the legal department."])
    granted_by: str | None = Field(description="The name of who has granted it; null once they are deleted.")
    granted_at: Moment
    expires_at: Moment
    has_expired: bool = Field(description="Whether its time is up: it counts no more.")

    @staticmethod
    def resolve_granted_by(waiver: Waiver) -> str | None:
        return name_of(waiver.granted_by)


class RunStanding(Schema):
    """How a run stands with its waivers. The run's own verdict stays in its output."""

    verdict: Verdict = Field(description="As the run has found.")
    verdict_with_waivers: Verdict = Field(description="With the waived rules as passed; what counts now.")
    waivers: list[WaiverShape]
    proposals: list[WaiverShape] = Field(
        description="Waivers of earlier runs of yours or your team's, of the same policy, whose clause stands "
        "in this document too. They count once they are asked for with `proposal`."
    )


def name_of(user: User | None) -> str | None:
    return user.get_username() if user else None

"""Why something is not done to a run, or not shown of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runs.errors.base import AgentSiteError

if TYPE_CHECKING:
    from runs.models import AgentRun


class WrongStatus(AgentSiteError):
    """The verb does not apply to a run in this status."""

    code = "wrong_status"
    status = 409

    def __init__(self, verb: str, run: AgentRun) -> None:
        super().__init__(f"This run can not be {verb}: it is {run.status}.")
        self.run = run


class AlreadyGolden(AgentSiteError):
    """The run is pinned already."""

    code = "already_golden"
    status = 409

    def __init__(self) -> None:
        super().__init__("This run is pinned as golden already.")


class NotGolden(AgentSiteError):
    """The run is not pinned."""

    code = "not_golden"
    status = 409

    def __init__(self) -> None:
        super().__init__("This run is not pinned as golden.")


class NotYetChecked(AgentSiteError):
    """A yes to a version needs to know what the version changes."""

    code = "not_yet_checked"
    status = 409


class NothingToAdopt(AgentSiteError):
    """No result of the run came late, or it has been adopted already."""

    code = "nothing_to_adopt"
    status = 409

    def __init__(self) -> None:
        super().__init__("This run has no late result that could be adopted.")


class ReasonMissing(AgentSiteError):
    """What is to be done is kept with its reason, and none was given."""

    code = "reason_missing"
    status = 422

    def __init__(self) -> None:
        super().__init__("Please give a reason: it is kept in the history.")


class NoResult(AgentSiteError):
    """The run has not completed: it goes on, or has ended otherwise."""

    code = "no_result"
    status = 409

    def __init__(self, run: AgentRun) -> None:
        went = "has no result" if run.is_final else "has no result yet"
        super().__init__(f"This run {went}: it is {run.status}.")
        self.run = run


class NoReceipt(AgentSiteError):
    """The run goes on, and what it comes to is not known yet."""

    code = "no_receipt"
    status = 409

    def __init__(self, run: AgentRun) -> None:
        super().__init__(f"This run has no receipt yet: it is {run.status}.")
        self.run = run


class NotContinued(AgentSiteError):
    """What was finished of the run can not be gone on with."""

    code = "not_continued"
    status = 409

    def __init__(self, why: str) -> None:
        super().__init__(f"This run can not be continued. {why} Run it again instead.")


class LeaseLost(AgentSiteError):
    """The attempt no longer holds the run: it was rescued, stopped or ended elsewhere."""

    code = "lease_lost"
    status = 409


class NothingChosen(AgentSiteError):
    """Something was to be done to several runs, and none, or not the right number, was chosen."""

    code = "nothing_chosen"
    status = 422


class NotComparable(AgentSiteError):
    """The two runs do not answer the same question."""

    code = "not_comparable"
    status = 422


class NothingToWaive(AgentSiteError):
    """The rule is none that a completed check has failed or left to a person."""

    code = "nothing_to_waive"
    status = 409

    def __init__(self, rule: str = "") -> None:
        named = f"rule {rule[:64]!r}" if rule else "rule of a policy"
        super().__init__(f"There is nothing to waive: no {named} has failed or needs review in this run.")


class AlreadyWaived(AgentSiteError):
    """Somebody has waived the rule of this run, and the waiver still counts."""

    code = "already_waived"
    status = 409

    def __init__(self, rule: str) -> None:
        super().__init__(f"The rule {rule!r} of this run is waived already.")


class WaiverRefused(AgentSiteError):
    """A waiver that would be too long: its reason, or the time until it ends."""

    code = "waiver_refused"
    status = 422

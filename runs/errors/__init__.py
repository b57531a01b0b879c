"""Every way the site says no: a code for programs, an HTTP status, a sentence for people.

Raised by the core, translated once at each face. Nothing here imports Django, so
that an agent's process can raise these too.

- ``triggers``: why a run is not triggered
- ``runs``: why something is not done to a run
- ``callers``: who may not come in, or may not do this
- ``things``: what is not there, or can not be kept as it was given
- ``of_agents``: what agents raise
"""

from runs.errors.base import AgentSiteError
from runs.errors.callers import (
    IssuerAway,
    LastWayIn,
    NotAllowed,
    NotSignedIn,
    PayloadHidden,
    SignInBroken,
    SignInLocked,
    SignInRefused,
)
from runs.errors.of_agents import (
    AgentError,
    FatalError,
    ModelAnswerUnusable,
    ModelLimitReached,
    ModelRefused,
    NoModelAnswer,
    RetryableError,
    UnreadableDocument,
)
from runs.errors.runs import (
    LeaseLost,
    NoResult,
    NotComparable,
    NotContinued,
    NothingChosen,
    NothingToAdopt,
    ReasonMissing,
    WrongStatus,
)
from runs.errors.things import (
    DocumentInUse,
    DocumentRefused,
    Fault,
    InputNotKept,
    NotFound,
    PageNotShown,
    PolicyMovedOn,
    PolicyRefused,
    PolicyTrialFailed,
    SavedViewRefused,
    ScheduleRefused,
    TokenRefused,
    TooBusyToShow,
    TookTooLong,
    WebhookRefused,
)
from runs.errors.triggers import (
    AgentNotPaused,
    AgentPaused,
    AlreadyRunning,
    InvalidInput,
    KeyInUse,
    KeyReused,
    QuotaUsedUp,
    RateLimited,
    SeatTaken,
    UnknownAgent,
    UserLocked,
)

__all__ = [
    "AgentError",
    "AgentNotPaused",
    "AgentPaused",
    "AgentSiteError",
    "AlreadyRunning",
    "DocumentInUse",
    "DocumentRefused",
    "FatalError",
    "Fault",
    "InputNotKept",
    "InvalidInput",
    "IssuerAway",
    "KeyInUse",
    "KeyReused",
    "LastWayIn",
    "LeaseLost",
    "ModelAnswerUnusable",
    "ModelLimitReached",
    "ModelRefused",
    "NoModelAnswer",
    "NoResult",
    "NotAllowed",
    "NotComparable",
    "NotContinued",
    "NotFound",
    "NotSignedIn",
    "NothingChosen",
    "NothingToAdopt",
    "PageNotShown",
    "PayloadHidden",
    "PolicyMovedOn",
    "PolicyRefused",
    "PolicyTrialFailed",
    "QuotaUsedUp",
    "RateLimited",
    "ReasonMissing",
    "RetryableError",
    "SavedViewRefused",
    "ScheduleRefused",
    "SeatTaken",
    "SignInBroken",
    "SignInLocked",
    "SignInRefused",
    "TokenRefused",
    "TooBusyToShow",
    "TookTooLong",
    "UnknownAgent",
    "UnreadableDocument",
    "UserLocked",
    "WebhookRefused",
    "WrongStatus",
]

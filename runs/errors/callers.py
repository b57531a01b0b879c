"""Who may not come in, or may not do this."""

from __future__ import annotations

from runs.errors.base import AgentSiteError


class NotAllowed(AgentSiteError):
    """The caller is known but may not do this."""

    code = "not_allowed"
    status = 403


class PayloadHidden(AgentSiteError):
    """An operator has not said why they want to see what is in somebody else's run."""

    code = "payload_hidden"
    status = 403

    def __init__(self) -> None:
        super().__init__("What is in another user's run is hidden until you give a reason: open it on the run's page.")


class NotSignedIn(AgentSiteError):
    """The caller gave no valid token or session."""

    code = "not_signed_in"
    status = 401


class SignInLocked(AgentSiteError):
    """Too many wrong passwords. The same is said whether or not there is anybody of that name."""

    code = "sign_in_locked"
    status = 429

    def __init__(self, retry_after_seconds: int) -> None:
        minutes = -(-retry_after_seconds // 60)
        wait = "a minute" if minutes <= 1 else f"{minutes} minutes"
        super().__init__(
            "Signing in from here is locked after too many attempts with a wrong name or password. "
            f"It is possible again in {wait}."
        )
        self.retry_after_seconds = retry_after_seconds


class SignInRefused(AgentSiteError):
    """Who signs in elsewhere and is not let in here; the sentence says why."""

    code = "sign_in_refused"
    status = 403


class LastWayIn(AgentSiteError):
    """A link that can not be cut: its user could not sign in any more."""

    code = "last_way_in"
    status = 409

    def __init__(self) -> None:
        super().__init__("This is your only way to sign in: link another account first, or have a password set.")


class SignInBroken(AgentSiteError):
    """What the browser has brought back from the provider is of no use."""

    code = "sign_in_broken"
    status = 400


class IssuerAway(AgentSiteError):
    """The issuer of identities does not answer, or not as one."""

    code = "issuer_away"
    status = 503
    retry_after_seconds = 10

"""What an issuer publishes of itself: kept while it is away, and read again when it changes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import requests
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from agentsite.signing_in import is_secure
from runs.errors import IssuerAway

logger = structlog.stdlib.get_logger(__name__)

TIMEOUT_SECONDS: Final = (3, 5)
"""To connect, and to answer."""
FRESH_SECONDS: Final = 600.0
"""For how long a key is good that the issuer may have withdrawn meanwhile."""
STALE_SECONDS: Final = 86_400.0
"""For how long it is good if the issuer can not be asked."""
AGAIN_SECONDS: Final = 10.0
"""How often the issuer is asked at most, whatever keys tokens name, and while it is away."""
AWAY: Final = "The provider of identities does not answer at the moment. Please try again shortly."

T = TypeVar("T")


class Published(Generic[T]):
    """One JSON object that an issuer publishes, for all threads of this process.

    ``url_of`` may have to ask where it is; ``parse`` makes of it what is wanted, or raises
    ``IssuerAway`` for what can not be it.
    """

    def __init__(
        self,
        url_of: Callable[[], str],
        parse: Callable[[dict[str, Any]], T],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url_of = url_of
        self._parse = parse
        self._clock = clock
        self._lock = threading.Lock()
        self._known: T | None = None
        self._read_at = self._tried_at = float("-inf")

    def get(self, *, newer: bool = False) -> T:
        """What is known; ``newer`` asks again, unless that was done just now. Raises ``IssuerAway`` if nothing is."""
        if self._is_due(newer) and self._lock.acquire(timeout=self._patience(newer)):
            try:
                if self._is_due(newer):
                    self._ask()
            finally:
                self._lock.release()
        known = self._usable()
        if known is None:
            raise IssuerAway(AWAY)
        return known

    def _is_due(self, newer: bool) -> bool:
        now = self._clock()
        return (newer or now - self._read_at >= FRESH_SECONDS) and now - self._tried_at >= AGAIN_SECONDS

    def _patience(self, newer: bool) -> float:
        """How long to wait for who asks just now: whoever knows something waits little, or not at all."""
        if self._usable() is None:
            return sum(TIMEOUT_SECONDS)
        return 1.0 if newer else 0.0

    def _usable(self) -> T | None:
        return self._known if self._clock() - self._read_at < STALE_SECONDS else None

    def _ask(self) -> None:
        self._tried_at = self._clock()
        try:
            url = self._url_of()
            self._known = self._parse(_fetched(url))
        except IssuerAway as away:
            logger.warning("issuer_not_read", reason=str(away))
            return
        self._read_at = self._clock()


@dataclass(frozen=True, slots=True)
class Keys:
    """A JSON Web Key Set, as it came and to check signatures with."""

    plain: dict[str, Any]
    key_set: KeySet

    @classmethod
    def parse(cls, plain: dict[str, Any]) -> Keys:
        """Raises ``IssuerAway`` for what holds no key."""
        try:
            return cls(plain, KeySet.import_key_set(plain))  # type: ignore[arg-type]
        except (JoseError, KeyError, TypeError, ValueError) as error:
            raise IssuerAway("The provider of identities publishes no keys.") from error


def metadata_url(issuer: str) -> str:
    """Where an issuer describes itself (OpenID Connect Discovery 1.0, section 4)."""
    return f"{issuer.rstrip('/')}/.well-known/openid-configuration"


def refuse_other_issuer(issuer: str, found: dict[str, Any]) -> dict[str, Any]:
    """``found``, if ``issuer`` says it of itself; who else may say it for them is not known. Raises ``IssuerAway``."""
    if found.get("issuer") != issuer:
        logger.error("issuer_of_another_name", issuer=issuer, calls_itself=str(found.get("issuer")))
        raise IssuerAway("The provider is not the one it is taken for; an operator has to set it up anew.")
    return found


def _fetched(url: str) -> dict[str, Any]:
    if not is_secure(url):
        raise IssuerAway("The provider of identities names an address without https.")
    try:
        response = requests.get(url, timeout=TIMEOUT_SECONDS, headers={"Accept": "application/json"})
        response.raise_for_status()
        found = response.json()
    except requests.RequestException as error:
        logger.warning("issuer_away", url=url, error=str(error))
        raise IssuerAway(AWAY) from error
    if not isinstance(found, dict):
        raise IssuerAway("The provider of identities does not answer as one.")
    return found

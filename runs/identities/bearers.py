"""Signed tokens (JWT) of an issuer, as scripts carry them to the API. joserfc checks the signatures."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import structlog
from django.conf import settings
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidKeyIdError, JoseError
from joserfc.jws import JWSRegistry
from joserfc.jwt import JWTClaimsRegistry

from agentsite.signing_in import ApiJwt
from runs.errors import NotSignedIn, SignInRefused
from runs.identities.accounts import user_for
from runs.identities.published import Keys, Published, metadata_url, refuse_other_issuer
from runs.models import Scope, User

logger = structlog.stdlib.get_logger(__name__)

LEEWAY_SECONDS: Final = 30
"""How far clocks may differ."""
TYPES: Final = ("", "jwt", "at+jwt", "application/at+jwt")
"""What a token may call itself; not one for signing out, or for another protocol."""
LATEST: Final = datetime.max.replace(tzinfo=UTC).timestamp()


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a token stands for, and what it may be used for."""

    user: User
    scopes: list[str]
    issued_at: datetime
    expires_at: datetime
    token_id: uuid.UUID
    """The same for all tokens of this subject."""


def bearer(token: str) -> Bearer:
    """Check ``token`` and find its user, or make one as signing in does.

    Groups and role stay as the last signing in has left them: a token is asked for too often to write.
    Raises ``NotSignedIn``; ``IssuerAway`` while nobody knows its keys.
    """
    rules = settings.API_JWT
    assert rules is not None, "asked for by who knows that there is an issuer"
    claims = _verifier(rules).claims_of(token)
    try:
        user = user_for(rules.issuer, claims, signs_in=False)
    except SignInRefused as refusal:
        raise NotSignedIn(refusal.sentence) from refusal
    ends = min(claims["exp"], LATEST)
    return Bearer(
        user,
        scopes_of(claims, rules),
        datetime.fromtimestamp(min(claims.get("iat", ends), ends), UTC),
        datetime.fromtimestamp(ends, UTC),
        uuid.uuid5(uuid.NAMESPACE_URL, f"{rules.issuer} {claims['sub']}"),
    )


def scopes_of(claims: Mapping[str, Any], rules: ApiJwt) -> list[str]:
    """Our scopes among those it names, in ``scope`` (RFC 8693) or ``scp`` as some issuers have it."""
    named: Any = claims.get("scope", claims.get("scp", ""))
    words = named.split() if isinstance(named, str) else named if isinstance(named, list) else []
    prefix = rules.scope_prefix
    ours = {word.removeprefix(prefix) for word in words if isinstance(word, str) and word.startswith(prefix)}
    return [scope for scope in Scope.values if scope in ours] or list(rules.default_scopes)


class Verifier:
    """One issuer's keys, and what a token of its must say."""

    def __init__(self, rules: ApiJwt) -> None:
        self.rules = rules
        self.keys = Published(self._keys_url, Keys.parse)
        self._registry = JWSRegistry(algorithms=list(rules.algorithms), strict_check_header=False)
        self._claims = JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": rules.issuer},
            aud={"essential": True, "value": rules.audience},
            sub={"essential": True},
            exp={"essential": True},
        )

    def claims_of(self, token: str) -> dict[str, Any]:
        """What ``token`` says, if it may be believed. Raises ``NotSignedIn`` or ``IssuerAway``."""
        try:
            try:
                return self._checked(token, self.keys.get())
            except InvalidKeyIdError:
                return self._checked(token, self.keys.get(newer=True))
        except ExpiredTokenError as error:
            raise NotSignedIn("The token has expired.") from error
        except (JoseError, ValueError) as error:
            logger.info("jwt_refused", issuer=self.rules.issuer, error=type(error).__name__)
            raise NotSignedIn(
                "The token is not valid: it is not signed by the issuer, or not meant for here."
            ) from error

    def _checked(self, token: str, keys: Keys) -> dict[str, Any]:
        found = jwt.decode(token, keys.key_set, registry=self._registry)
        if str(found.header.get("typ", "")).lower() not in TYPES:
            raise NotSignedIn("The token is not one for an API.")
        self._claims.validate(found.claims)
        return found.claims

    def _keys_url(self) -> str:
        return self.rules.jwks_url or str(self._metadata.get()["jwks_uri"])

    @functools.cached_property
    def _metadata(self) -> Published[dict[str, Any]]:
        issuer = self.rules.issuer
        return Published(lambda: metadata_url(issuer), lambda found: refuse_other_issuer(issuer, found))


@functools.lru_cache(maxsize=8)
def _verifier(rules: ApiJwt) -> Verifier:
    return Verifier(rules)

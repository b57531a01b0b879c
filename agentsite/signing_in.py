"""What the environment says of signing in. ``settings`` alone reads it, through these."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from agentsite.addresses import is_loopback_name

ALGORITHMS: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
"""Those by which the issuer alone can sign. Of the others, whoever can check a signature can make one."""
USUAL_ALGORITHMS: Final = ["RS256", "ES256"]
SCOPES: Final = frozenset({"runs:read", "runs:write", "act-for-others", "operate"})
"""Those of ``runs.models.Scope``, which can not be imported before there are settings."""


@dataclass(frozen=True, slots=True)
class SignInLocks:
    """How many wrong passwords are too many, and for how long."""

    failures: int
    """By one name from one address."""
    failures_of_address: int
    """From one address, whatever the names: an office behind one address has more people than one."""
    cool_off: timedelta

    @classmethod
    def read(cls, env: Any) -> SignInLocks:
        """As the environment has it. Raises ``ImproperlyConfigured``."""
        locks = cls(
            env.int("SIGN_IN_FAILURES", default=5),
            env.int("SIGN_IN_FAILURES_OF_ADDRESS", default=50),
            timedelta(minutes=env.int("SIGN_IN_LOCK_MINUTES", default=15)),
        )
        if not 1 <= locks.failures <= locks.failures_of_address:
            raise ImproperlyConfigured(
                "SIGN_IN_FAILURES is at least 1, and SIGN_IN_FAILURES_OF_ADDRESS at least SIGN_IN_FAILURES."
            )
        if locks.cool_off < timedelta(minutes=1):
            raise ImproperlyConfigured("SIGN_IN_LOCK_MINUTES is at least 1: without a lock, passwords can be guessed.")
        return locks


def trusted_proxies(env: Any, is_behind_proxy: bool) -> int:
    """How many proxies stand in front, each of which says in ``X-Forwarded-For`` who called it."""
    count: int = env.int("TRUSTED_PROXIES", default=1 if is_behind_proxy else 0)
    if count < 0 or (is_behind_proxy and not count):
        raise ImproperlyConfigured("TRUSTED_PROXIES is at least 0, and with BEHIND_TLS_PROXY at least 1.")
    return count


@dataclass(frozen=True, slots=True)
class Oidc:
    """The provider of OpenID Connect with which people sign in."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: str
    label: str
    algorithms: tuple[str, ...]

    @classmethod
    def read(cls, env: Any) -> Oidc | None:
        """As the environment has it; None without one. Raises ``ImproperlyConfigured``."""
        issuer = env.str("OIDC_ISSUER", default="")
        oidc = cls(
            issuer,
            env.str("OIDC_CLIENT_ID", default=""),
            env.str("OIDC_CLIENT_SECRET", default=""),
            " ".join(env.str("OIDC_SCOPES", default="openid profile email").split()),
            env.str("OIDC_LABEL", default="") or urlsplit(issuer).netloc,
            _algorithms("OIDC_ALGORITHMS", env.list("OIDC_ALGORITHMS", default=USUAL_ALGORITHMS)),
        )
        if not oidc.issuer and not oidc.client_id:
            if oidc.client_secret:
                raise ImproperlyConfigured("OIDC_CLIENT_SECRET says nothing without OIDC_ISSUER and OIDC_CLIENT_ID.")
            return None
        if not (oidc.issuer and oidc.client_id):
            raise ImproperlyConfigured("OIDC_ISSUER and OIDC_CLIENT_ID are set together, or neither.")
        if "openid" not in oidc.scopes.split():
            raise ImproperlyConfigured("OIDC_SCOPES must contain openid: without it the provider says not who it is.")
        _refuse_insecure("OIDC_ISSUER", oidc.issuer)
        return oidc


@dataclass(frozen=True, slots=True)
class ApiJwt:
    """The issuer whose signed tokens the API accepts beside those of its own."""

    issuer: str
    audience: str
    jwks_url: str
    """Where its keys are; empty where it says so itself."""
    algorithms: tuple[str, ...]
    scope_prefix: str
    """What stands before our scopes in its tokens, as ``agentsite:`` or ``api://agentsite/``."""
    default_scopes: tuple[str, ...]
    """What a token may that names none of our scopes."""

    @classmethod
    def read(cls, env: Any, oidc: Oidc | None) -> ApiJwt | None:
        """As the environment has it; None without an audience. Raises ``ImproperlyConfigured``."""
        jwt = cls(
            env.str("API_JWT_ISSUER", default=oidc.issuer if oidc else ""),
            env.str("API_JWT_AUDIENCE", default=""),
            env.str("API_JWT_JWKS_URL", default=""),
            _algorithms("API_JWT_ALGORITHMS", env.list("API_JWT_ALGORITHMS", default=USUAL_ALGORITHMS)),
            env.str("API_JWT_SCOPE_PREFIX", default=""),
            tuple(env.list("API_JWT_DEFAULT_SCOPES", default=[])),
        )
        if not jwt.audience:
            if jwt.jwks_url or jwt.default_scopes or (jwt.issuer and oidc is None):
                raise ImproperlyConfigured("API_JWT_AUDIENCE is missing: whom the tokens must be meant for.")
            return None
        if not jwt.issuer:
            raise ImproperlyConfigured(
                "API_JWT_AUDIENCE needs API_JWT_ISSUER (or OIDC_ISSUER): whose tokens they are."
            )
        if oidc is not None and (jwt.issuer, jwt.audience) == (oidc.issuer, oidc.client_id):
            raise ImproperlyConfigured(
                "API_JWT_AUDIENCE must differ from OIDC_CLIENT_ID: tokens made for signing in would open the API."
            )
        if beyond := sorted(set(jwt.default_scopes) - SCOPES):
            raise ImproperlyConfigured(
                f"API_JWT_DEFAULT_SCOPES is of {', '.join(sorted(SCOPES))}, not {', '.join(beyond)}."
            )
        _refuse_insecure("API_JWT_ISSUER", jwt.issuer)
        if jwt.jwks_url:
            _refuse_insecure("API_JWT_JWKS_URL", jwt.jwks_url)
        return jwt


@dataclass(frozen=True, slots=True)
class AccountRules:
    """What becomes of people whom the issuer knows."""

    creates: bool
    """Whether somebody new gets an account."""
    groups_claim: str
    """Where the claims name groups, as ``groups`` or ``realm_access.roles``; empty if they are not looked at."""
    operator_groups: tuple[str, ...]
    """Whoever is in one of these is an operator."""

    @classmethod
    def read(cls, env: Any) -> AccountRules:
        """As the environment has it. Raises ``ImproperlyConfigured``."""
        rules = cls(
            env.bool("OIDC_CREATE_ACCOUNTS", default=True),
            env.str("OIDC_GROUPS_CLAIM", default=""),
            tuple(env.list("OIDC_OPERATOR_GROUPS", default=[])),
        )
        if rules.operator_groups and not rules.groups_claim:
            raise ImproperlyConfigured("OIDC_OPERATOR_GROUPS needs OIDC_GROUPS_CLAIM: where groups are named.")
        return rules


@dataclass(frozen=True, slots=True)
class Passwords:
    """Who signs in with a password, where people sign in elsewhere."""

    of_all: bool
    break_glass_user: str
    """The one who may where others may not: for the day the provider is away."""

    @classmethod
    def read(cls, env: Any, oidc: Oidc | None) -> Passwords:
        """As the environment has it. Raises ``ImproperlyConfigured``."""
        passwords = cls(env.bool("PASSWORD_SIGN_IN", default=True), env.str("BREAK_GLASS_USER", default=""))
        if not passwords.of_all and oidc is None:
            raise ImproperlyConfigured("PASSWORD_SIGN_IN is off and OIDC_ISSUER is not set: nobody could sign in.")
        if passwords.of_all and passwords.break_glass_user:
            raise ImproperlyConfigured("BREAK_GLASS_USER is for PASSWORD_SIGN_IN=false; otherwise everybody may.")
        return passwords

    @property
    def of_somebody(self) -> bool:
        return self.of_all or bool(self.break_glass_user)


def _algorithms(name: str, given: list[str]) -> tuple[str, ...]:
    if not given or not ALGORITHMS.issuperset(given):
        beyond = ", ".join(sorted(set(given) - ALGORITHMS)) or "nothing"
        able = ", ".join(sorted(ALGORITHMS))
        raise ImproperlyConfigured(
            f"{name} names algorithms by which the issuer alone can sign ({able}), not {beyond}."
        )
    return tuple(given)


def _refuse_insecure(name: str, url: str) -> None:
    if not is_secure(url):
        raise ImproperlyConfigured(f"{name} must be an address with https://, but for one on this machine.")


def is_secure(url: str) -> bool:
    """Whether nobody on the way can read or change what comes from ``url``."""
    parts = urlsplit(url)
    is_local = parts.scheme == "http" and is_loopback_name(parts.hostname or "")
    return bool(parts.hostname) and (parts.scheme == "https" or is_local)

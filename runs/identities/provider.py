"""The provider people sign in with. Authlib speaks OpenID Connect; what it is to insist on is said here."""

from __future__ import annotations

import functools
from typing import Any, Final

import requests
import structlog
from authlib.common.urls import add_params_to_uri
from authlib.integrations.django_client import DjangoOAuth2App, OAuthError
from django.http import HttpRequest
from joserfc.errors import JoseError

from agentsite.signing_in import Oidc, is_secure
from runs.errors import IssuerAway, SignInBroken
from runs.identities.journeys import Journeys
from runs.identities.published import AWAY, Keys, Published, metadata_url, refuse_other_issuer

logger = structlog.stdlib.get_logger(__name__)

LEEWAY_SECONDS: Final = 60
"""How far clocks may differ."""
TIMEOUT_SECONDS: Final = 10
ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")
AGAIN: Final = "Please begin again."


class App(DjangoOAuth2App):  # type: ignore[misc]  # Untyped.
    """Authlib's client, with keys that are renewed."""

    keys: Published[Keys]

    def fetch_jwk_set(self, force: bool = False) -> dict[str, Any]:
        return self.keys.get(newer=force).plain


class Provider:
    """One provider, as it describes itself."""

    def __init__(self, oidc: Oidc) -> None:
        self.oidc = oidc
        self.metadata = Published(lambda: metadata_url(oidc.issuer), self._checked)
        self.keys = Published(lambda: str(self.metadata.get()["jwks_uri"]), Keys.parse)

    def begin(self, journeys: Journeys, redirect_uri: str, next_url: str, links: str = "") -> str:
        """The address to send the browser to; what has to come back is kept with ``journeys``.

        ``links`` is the user, by id, who does not sign in but has an account linked.
        """
        begun = self._app(journeys).create_authorization_url(redirect_uri)
        url, state = str(begun.pop("url")), str(begun.pop("state"))
        journeys.begin(state, {**begun, "redirect_uri": redirect_uri, "next": next_url, "links": links})
        return url

    def finish(self, request: HttpRequest, journeys: Journeys) -> tuple[dict[str, Any], str]:
        """The claims of whoever has come back, and their ID token.

        Raises ``IssuerAway``; ``SignInBroken`` for what was not asked for, not signed by
        the provider, meant for somebody else, too old, or has been used already.
        """
        if request.GET.get("iss", self.oidc.issuer) != self.oidc.issuer:
            raise SignInBroken(f"This answer is not from the provider that was asked. {AGAIN}")
        app = self._app(journeys)
        expected = {
            "iss": {"essential": True, "value": self.oidc.issuer},
            "aud": {"essential": True, "value": self.oidc.client_id},
        }
        try:
            token = app.authorize_access_token(request, claims_options=expected, leeway=LEEWAY_SECONDS)
            if "userinfo" not in token:
                raise SignInBroken(f"The provider did not say who you are. {AGAIN}")
            claims = dict(token["userinfo"])
            return {**self._told_besides(app, token, claims["sub"]), **claims}, str(token["id_token"])
        except OAuthError as error:
            logger.info("sign_in_broken", issuer=self.oidc.issuer, error=str(error))
            raise SignInBroken(_sentence(error)) from error
        except (JoseError, KeyError, TypeError, ValueError) as error:
            if isinstance(error, requests.RequestException):
                raise self._away(error) from error
            logger.warning("id_token_refused", issuer=self.oidc.issuer, error=repr(error))
            raise SignInBroken(f"What the provider said of you could not be verified. {AGAIN}") from error
        except requests.RequestException as error:
            raise self._away(error) from error

    def sign_out_url(self, id_token: str, back_to: str) -> str:
        """Where to sign out of the provider as well; empty where it offers nothing, or is away."""
        try:
            end = str(self.metadata.get().get("end_session_endpoint") or "")
        except IssuerAway:
            return ""
        parameters = {
            "id_token_hint": id_token,
            "client_id": self.oidc.client_id,
            "post_logout_redirect_uri": back_to,
        }
        return str(add_params_to_uri(end, list(parameters.items()))) if is_secure(end) else ""

    def _app(self, journeys: Journeys) -> App:
        metadata = self.metadata.get()
        methods = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        method = "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
        app = App(
            journeys,
            journeys.name,
            client_id=self.oidc.client_id,
            client_secret=self.oidc.client_secret or None,
            client_kwargs={
                "scope": self.oidc.scopes,
                "code_challenge_method": "S256",
                "token_endpoint_auth_method": method if self.oidc.client_secret else "none",
                "default_timeout": TIMEOUT_SECONDS,
            },
            # Pinned: whatever else it says it signs with.
            **{**metadata, "id_token_signing_alg_values_supported": list(self.oidc.algorithms)},
        )
        app.keys = self.keys
        return app

    def _checked(self, found: dict[str, Any]) -> dict[str, Any]:
        refuse_other_issuer(self.oidc.issuer, found)
        if not all(is_secure(str(found.get(name) or "")) for name in ENDPOINTS):
            logger.error("issuer_lacks_endpoints", issuer=self.oidc.issuer, needed=", ".join(ENDPOINTS))
            raise IssuerAway("The provider does not say how to sign in; an operator has to set it up anew.")
        return found

    def _told_besides(self, app: App, token: dict[str, Any], subject: str) -> dict[str, Any]:
        """What it tells about ``subject`` beside the ID token, as groups often are."""
        if not is_secure(str(self.metadata.get().get("userinfo_endpoint") or "")):
            return {}
        told = dict(app.userinfo(token=token))
        if told.get("sub") != subject:
            raise SignInBroken(f"The provider speaks of two people at once. {AGAIN}")
        return told

    def _away(self, error: Exception) -> IssuerAway:
        logger.warning("issuer_away", issuer=self.oidc.issuer, error=str(error))
        return IssuerAway(AWAY)


def _sentence(error: OAuthError) -> str:
    match error.error:
        case "mismatching_state":
            return f"This sign-in was begun in another browser, took too long or has been used already. {AGAIN}"
        case "access_denied":
            return "The provider did not let you in, or you turned back there."
        case _:
            return f"The provider did not accept this sign-in. {AGAIN}"


@functools.lru_cache(maxsize=8)
def provider(oidc: Oidc) -> Provider:
    """The one provider for ``settings.OIDC``, with what is known of it."""
    return Provider(oidc)

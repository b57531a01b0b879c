"""People whom an issuer of identities vouches for, by OpenID Connect or by a signed token.

- ``published``: what the issuer says of itself, and signs with
- ``provider``: sending somebody there to sign in, and reading what they bring back
- ``journeys``: what a browser remembers from there to here
- ``linking``: an account that is there already, and somebody at the issuer
- ``accounts``: the user behind an issuer's name for somebody, and their groups
- ``bearers``: an issuer's signed token, and what it lets its bearer do
- ``passwords``: who may still sign in with one
"""

from runs.identities.accounts import user_for
from runs.identities.bearers import Bearer, bearer
from runs.identities.journeys import Journeys
from runs.identities.linking import is_way_in, link, unlink
from runs.identities.passwords import PasswordBackend
from runs.identities.provider import Provider, provider

__all__ = [
    "Bearer",
    "Journeys",
    "PasswordBackend",
    "Provider",
    "bearer",
    "is_way_in",
    "link",
    "provider",
    "unlink",
    "user_for",
]

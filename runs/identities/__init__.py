"""People whom an issuer of identities vouches for, by OpenID Connect or by a signed token.

- ``published``: what the issuer says of itself, and signs with
- ``provider``: sending somebody there to sign in, and reading what they bring back
- ``accounts``: the user behind an issuer's name for somebody, and their groups
- ``bearers``: an issuer's signed token, and what it lets its bearer do
- ``passwords``: who may still sign in with one
"""

from runs.identities.accounts import user_for
from runs.identities.bearers import Bearer, bearer
from runs.identities.passwords import PasswordBackend
from runs.identities.provider import Provider, provider

__all__ = ["Bearer", "PasswordBackend", "Provider", "bearer", "provider", "user_for"]

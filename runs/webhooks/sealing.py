"""Secrets that must be used, not only compared: encrypted, where everything else keeps a hash.

Sealed under ``SECRET_KEY``; opened under it or one of ``SECRET_KEY_FALLBACKS``. What was sealed
under a former key is sealed anew when it is next used, and by ``reseal_all`` once an hour.
"""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PURPOSE = b"agentsite webhook secrets"


class SecretUnreadable(Exception):
    """Sealed under a key that is no longer among ours."""


def seal(secret: str) -> str:
    """``secret`` as only this site can read it, with the mark of the key it can be read by."""
    return f"{mark()}:{_box(settings.SECRET_KEY).encrypt(secret.encode()).decode()}"


def unseal(sealed: str) -> str:
    """What was sealed. Raises ``SecretUnreadable``."""
    token = sealed.rpartition(":")[2].encode()
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            return _box(key).decrypt(token).decode()
        except InvalidToken:
            continue
    raise SecretUnreadable


def mark() -> str:
    """What everything begins with that is sealed under today's key."""
    return _derived(settings.SECRET_KEY, PURPOSE + b" mark", 4).hex()


@lru_cache(maxsize=16)
def _box(key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_derived(key, PURPOSE, 32)))


@lru_cache(maxsize=16)
def _derived(key: str, purpose: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=None, info=purpose).derive(key.encode())

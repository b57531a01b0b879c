"""The site's key, and the seal made with it.

An Ed25519 key derived from ``SECRET_KEY``: whoever has a receipt can check its signature with the
public half and a stock library, and only this site can make one.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from runs.canonical import canonical, sha256_of
from runs.receipts.leaves import marks

ALGORITHM: Final = "Ed25519"
PURPOSE: Final = b"agentsite receipts"
SEALED: Final = ("algorithm", "key", "content", "marks")
"""What of the seal is signed, as an object in canonical JSON."""


def sealed(content: Mapping[str, Any]) -> dict[str, Any]:
    """``content`` with its seal."""
    seal = {
        "algorithm": ALGORITHM,
        "key": public_key(),
        "content": sha256_of(dict(content)),
        "marks": marks(dict(content)),
    }
    return {**content, "seal": {**seal, "signature": sign(canonical(seal).encode())}}


def sign(message: bytes) -> str:
    """The site's signature, in hexadecimal digits. The same for the same message."""
    return _private(settings.SECRET_KEY).sign(message).hex()


def is_signed(message: bytes, signature: str, key: str) -> bool:
    """Whether ``signature`` is one of ``message`` by the private half of ``key``."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), message)
    except (ValueError, InvalidSignature):
        return False
    return True


def signed_part(seal: Mapping[str, Any]) -> bytes:
    """What of a seal is signed."""
    return canonical({name: seal.get(name) for name in SEALED}).encode()


def public_key() -> str:
    """The public half of the key that seals today."""
    return _public(settings.SECRET_KEY)


def known_keys() -> list[str]:
    """The public halves of the keys this site has sealed with, as far as it still has them."""
    return [_public(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


@lru_cache(maxsize=16)
def _private(secret: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(HKDF(SHA256(), 32, salt=None, info=PURPOSE).derive(secret.encode()))


def _public(secret: str) -> str:
    return _private(secret).public_key().public_bytes_raw().hex()

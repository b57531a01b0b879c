"""Whether a key can be guessed. Whoever guesses it signs in as anybody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.core.exceptions import ImproperlyConfigured

SHORTEST = 50
FEWEST_CHARACTERS = 10
EXAMPLES = (
    "insecure",
    "changeme",
    "change-me",
    "change_me",
    "example",
    "replace",
    "your-",
    "your_",
    "default",
    "todo",
)
REMEDY = "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"


def refuse_weak_keys(keys: Mapping[str, Iterable[str]]) -> None:
    """Raise ``ImproperlyConfigured`` with the name of the first setting that has a weak key, never the key itself."""
    for name, values in keys.items():
        for key in values:
            if fault := _fault(key):
                raise ImproperlyConfigured(f"{name} {fault}: {REMEDY}")


def _fault(key: str) -> str:
    if len(key) < SHORTEST:
        return f"is too short ({len(key)} characters, {SHORTEST} at least)"
    if len(set(key)) < FEWEST_CHARACTERS:
        return "has too few different characters"
    if any(word in key.lower() for word in EXAMPLES):
        return "looks like an example"
    return ""

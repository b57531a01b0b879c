"""Publishing policies and finding the one a run asks for."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from runs import audit
from runs.agents.policies import PolicyRules, bundled_policies, parse_policy
from runs.errors import NotFound
from runs.models import Policy, User


def publish(source: str, *, by: User | None = None) -> Policy:
    """Store ``source`` (YAML or JSON) as the next version of the policy it names.

    Raises ``PolicyRefused`` with a sentence when it is not a valid policy.
    """
    policy = parse_policy(source)
    while True:
        latest = Policy.objects.filter(name=policy.name).order_by("-version").first()
        version = latest.version + 1 if latest else 1
        try:
            with transaction.atomic():
                published = Policy.objects.create(
                    name=policy.name, version=version, created_by=by, **_columns(policy, source)
                )
                audit.record("policy.published", actor=by, subject=published, name=policy.name, version=version)
                return published
        except IntegrityError:
            # Somebody published this version a moment ago: ours becomes the one after it.
            continue


def _columns(policy: PolicyRules, source: str) -> dict[str, Any]:
    return {
        "title": policy.title,
        "description": policy.description,
        "source": source,
        "rules": [rule.model_dump(mode="json", exclude_none=True) for rule in policy.rules],
    }


def resolve(reference: str) -> Policy:
    """The policy meant by ``name`` (its latest version) or ``name@version``.

    A bundled policy is published when it is first asked for. Raises ``NotFound``.
    """
    name, _, version = reference.partition("@")
    if name in bundled_policies() and not Policy.objects.filter(name=name).exists():
        _install(name)
    found = Policy.objects.filter(name=name)
    policy = (found.filter(version=int(version)) if version else found).order_by("-version").first()
    if policy is None:
        raise NotFound(f"There is no policy {reference!r}.")
    return policy


def versions(name: str) -> QuerySet[Policy]:
    """Every version of a policy, newest first; none where there is no policy of this name."""
    found = Policy.objects.filter(name=name).order_by("-version")
    if name in bundled_policies() and not found.exists():
        _install(name)
    return found.all()


def latest() -> QuerySet[Policy]:
    """The latest version of every policy, the bundled ones included, by name."""
    found = Policy.objects.order_by("name", "-version").distinct("name")
    missing = set(bundled_policies()) - {policy.name for policy in found}
    for name in sorted(missing):
        _install(name)
    return found.all() if missing else found


def _install(name: str) -> None:
    """Have the bundled policy as version 1, however many ask for it at once."""
    source = bundled_policies()[name]
    Policy.objects.get_or_create(name=name, version=1, defaults=_columns(parse_policy(source), source))

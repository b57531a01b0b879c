"""Publishing policies, keeping drafts of them, and finding the one a run asks for."""

from __future__ import annotations

from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import F, Func, IntegerField, QuerySet

from runs import audit
from runs.agents.policies import Changes, PolicyRules, bundled_policies, changes, parse_policy, policy_from
from runs.agents.policies.source import MAX_BYTES
from runs.errors import NotFound, PolicyMovedOn, PolicyRefused
from runs.models import Policy, PolicyDraft, User
from runs.storable import storable_text

LONGEST_NOTE: Final = 500
RESERVED: Final = frozenset({"new", "try", "validate", "draft", "what-if"})
"""Names that the site's own addresses have."""


def publish(source: str, *, by: User | None = None, note: str = "", based_on: int | None = None) -> Policy:
    """Store ``source`` (YAML or JSON) as the next version of the policy it names.

    ``note``: what has changed and why. ``based_on``: the version the text was written from, 0 for a
    policy that is new; None for whatever the latest is. Raises ``PolicyRefused`` with a sentence when it is
    not a valid policy, ``PolicyMovedOn`` when another version has been published since ``based_on``.
    """
    policy = check(source)
    if len(note) > LONGEST_NOTE:
        raise PolicyRefused(f"The note is longer than {LONGEST_NOTE} characters.")
    while True:
        latest = _newest(policy.name)
        version = latest.version + 1 if latest else 1
        if based_on is not None and based_on != version - 1:
            raise PolicyMovedOn(policy.name, version - 1, _publisher(latest))
        try:
            with transaction.atomic():
                published = Policy.objects.create(
                    name=policy.name, version=version, created_by=by, note=note.strip(), **_columns(policy, source)
                )
                audit.record("policy.published", actor=by, subject=published, name=policy.name, version=version)
                return published
        except IntegrityError:
            # Somebody published this version a moment ago: ours becomes the one after it, or is refused.
            continue


def check(source: str) -> PolicyRules:
    """Read a policy that could be published. Raises ``PolicyRefused``."""
    policy = parse_policy(source)
    if policy.name in RESERVED:
        raise PolicyRefused(f"The name {policy.name!r} is taken by an address of this site: choose another.")
    return policy


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


def one(name: str, version: int | None = None) -> Policy:
    """A policy's latest version, or another. Raises ``NotFound``."""
    found = versions(name)
    policy = (found if version is None else found.filter(version=version)).first()
    if policy is None:
        raise NotFound(f"There is no policy {name if version is None else f'{name}@{version}'!r}.")
    return policy


def versions(name: str) -> QuerySet[Policy]:
    """Every version of a policy, newest first; none where there is no policy of this name."""
    found = Policy.objects.filter(name=name).order_by("-version")
    if name in bundled_policies() and not found.exists():
        _install(name)
    return found.all()


def latest() -> QuerySet[Policy]:
    """The latest version of every policy, the bundled ones included, by name; without what they say."""
    found = Policy.objects.order_by("name", "-version").distinct("name").defer("source", "rules")
    missing = set(bundled_policies()) - {policy.name for policy in found}
    for name in sorted(missing):
        _install(name)
    return found.all() if missing else found


def with_rule_counts(policies: QuerySet[Policy]) -> QuerySet[Policy]:
    """The same without what they say, but with how many rules they have (``rule_count``)."""
    count = Func(F("rules"), function="jsonb_array_length", output_field=IntegerField())
    return policies.annotate(rule_count=count).defer("source", "rules")


def changes_between(before: Policy, after: Policy) -> Changes:
    """What differs between two versions. Raises ``PolicyRefused`` for one in a form that is no longer read."""
    return changes(rules_of(before), rules_of(after), texts=(before.source, after.source))


def rules_of(policy: Policy) -> PolicyRules:
    """What a stored version demands. Raises ``PolicyRefused`` where it was written in another form."""
    return policy_from({**policy.given, "description": policy.description})


def keep_draft(user: User, name: str, source: str, note: str = "", based_on: int = 0) -> PolicyDraft:
    """Keep a text that is not published yet, in place of the user's former draft for this policy.

    ``name`` is that of the policy whose editor it comes from; empty for a new one. Raises ``PolicyRefused`` for
    a text that is longer than any policy.
    """
    if len(source.encode(errors="replace")) > 2 * MAX_BYTES:
        raise PolicyRefused("The text is too long to be kept as a draft.")
    kept, _ = PolicyDraft.objects.update_or_create(
        user=user,
        name=name,
        defaults={"source": storable_text(source), "note": storable_text(note)[:LONGEST_NOTE], "based_on": based_on},
    )
    return kept


def draft(user: User, name: str) -> PolicyDraft | None:
    """The user's draft for a policy, if there is one."""
    return PolicyDraft.objects.filter(user=user, name=name).first()


def discard_draft(user: User, name: str) -> None:
    """Forget the user's draft for a policy."""
    PolicyDraft.objects.filter(user=user, name=name).delete()


def _newest(name: str) -> Policy | None:
    return versions(name).select_related("created_by").defer("rules").first()


def _publisher(policy: Policy | None) -> str:
    return policy.created_by.get_username() if policy and policy.created_by else ""


def _install(name: str) -> None:
    """Have the bundled policy as version 1, however many ask for it at once."""
    source = bundled_policies()[name]
    Policy.objects.get_or_create(name=name, version=1, defaults=_columns(parse_policy(source), source))

"""From an issuer's name for somebody to the account here, and what the issuer has a say in."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.db.models.functions import Lower
from django.utils import timezone

from runs import audit
from runs.errors import SignInRefused
from runs.models import Identity, User
from runs.storable import UNSTORABLE, storable_text

LONGEST_SUBJECT: Final = 255
LONGEST_NAME: Final = 100
"""Of a new user: leaves room for a number that tells two of one name apart."""
MOST_GROUPS: Final = 1000


def user_for(issuer: str, claims: Mapping[str, Any], *, signs_in: bool) -> User:
    """The user whom ``issuer`` calls by the claim ``sub``; a new one where there is none and settings allow it.

    The claims have been verified. Never found by name or e-mail, which others can come to
    have. Groups and role follow the claims where somebody ``signs_in``. Raises ``SignInRefused``.
    """
    subject = str(claims.get("sub") or "")
    if not 0 < len(subject) <= LONGEST_SUBJECT or UNSTORABLE.search(subject):
        raise SignInRefused("The provider did not say who you are.")
    identity = _known(issuer, subject) or _created(issuer, subject, claims)
    if not identity.user.is_active:
        raise SignInRefused("Your account here has been deactivated. Ask an operator.")
    if signs_in:
        _follow(identity, claims)
    return identity.user


def _known(issuer: str, subject: str) -> Identity | None:
    return Identity.objects.select_related("user").filter(issuer=issuer, subject=subject).first()


def _created(issuer: str, subject: str, claims: Mapping[str, Any]) -> Identity:
    if not settings.ACCOUNT_RULES.creates:
        raise SignInRefused("You have no account here yet. Ask an operator for one.")
    try:
        with transaction.atomic():
            user = User(username=_free_name(claims))
            user.set_unusable_password()
            user.save(force_insert=True)
            identity = Identity.objects.create(user=user, issuer=issuer, subject=subject, follows_issuer=True)
            audit.record("oidc.linked", actor=user, subject=user, issuer=issuer, issuers_subject=subject)
    except IntegrityError:
        # Two first requests of the same person met, or two people of one name.
        return _known(issuer, subject) or _created(issuer, subject, claims)
    return identity


def _free_name(claims: Mapping[str, Any]) -> str:
    """A name nobody has yet, like the one the issuer prefers."""
    given = str(claims.get("preferred_username") or str(claims.get("email") or "").partition("@")[0])
    cleaned = re.sub(r"[^\w.@+-]+", "-", unicodedata.normalize("NFKC", storable_text(given)))
    name = cleaned.strip("-")[:LONGEST_NAME] or f"user-{secrets.token_hex(4)}"
    names = [name, *(f"{name}-{number}" for number in range(2, 10)), f"{name}-{secrets.token_hex(4)}"]
    lowered = User.objects.annotate(lowered=Lower("username")).values_list("lowered", flat=True)
    # Two names that differ in capitals alone would be taken for one another.
    taken = set(lowered.filter(lowered__in=[each.lower() for each in names]))
    return next(each for each in names if each.lower() not in taken)


@transaction.atomic
def _follow(identity: Identity, claims: Mapping[str, Any]) -> None:
    """Take over what the issuer says, and take back what it says no more. What was given here stays."""
    # Two browsers that sign in at once do not undo each other's.
    identity = Identity.objects.select_for_update(no_key=True).get(pk=identity.pk)
    identity.last_sign_in_at = timezone.now()
    changed = ["last_sign_in_at"]
    if identity.follows_issuer:
        _follow_names(identity.user, claims)
        if settings.ACCOUNT_RULES.groups_claim:
            named = groups_named(claims)
            identity.groups = _follow_groups(identity, named)
            identity.is_operator = _follow_role(identity, not named.isdisjoint(settings.ACCOUNT_RULES.operator_groups))
            changed += ["groups", "is_operator"]
    identity.save(update_fields=changed)


def take_back(identity: Identity) -> None:
    """Take from its user whatever the issuer has given: it vouches for them no more."""
    _follow_groups(identity, set())
    _follow_role(identity, False)


def _follow_names(user: User, claims: Mapping[str, Any]) -> None:
    """For people to read; nothing is ever looked up by them."""
    is_verified = claims.get("email_verified", True) is not False
    User.objects.filter(pk=user.pk).update(
        first_name=storable_text(str(claims.get("given_name") or ""))[:150],
        last_name=storable_text(str(claims.get("family_name") or ""))[:150],
        email=storable_text(str(claims.get("email") or ""))[:254] if is_verified else "",
    )


def groups_named(claims: Mapping[str, Any]) -> set[str]:
    """What the claim for groups names. Anything that is no list of names names nothing."""
    found: Any = claims
    for step in settings.ACCOUNT_RULES.groups_claim.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    # A claim may itself have dots in its name, as those that are addresses.
    found = found if found is not None else claims.get(settings.ACCOUNT_RULES.groups_claim)
    names = [found] if isinstance(found, str) else found if isinstance(found, list) else []
    # Keycloak writes groups as paths.
    return {storable_text(name).removeprefix("/") for name in names[:MOST_GROUPS] if isinstance(name, str)}


def _follow_groups(identity: Identity, named: set[str]) -> list[str]:
    """Join those that exist here and are named, leave those given before and named no more; all that are given."""
    user = identity.user
    has = set(user.groups.values_list("name", flat=True))
    given = set(identity.groups)
    wanted = set(Group.objects.filter(name__in=named).values_list("name", flat=True))
    joined, left = wanted - has, (given & has) - wanted
    if joined:
        user.groups.add(*Group.objects.filter(name__in=joined))
    if left:
        user.groups.remove(*Group.objects.filter(name__in=left))
    if joined or left:
        facts = {"joined": ", ".join(sorted(joined)), "left": ", ".join(sorted(left)), "issuer": identity.issuer}
        audit.record("groups.changed", actor=user, subject=user, **facts)
    return sorted((given & wanted) | joined)


def _follow_role(identity: Identity, is_wanted: bool) -> bool:
    """Make an operator, or take away what was given before; whether the role is the issuer's gift."""
    users = User.objects.filter(pk=identity.user_id)
    if is_wanted:
        has_changed = bool(users.filter(is_staff=False).update(is_staff=True))
        is_given = identity.is_operator or has_changed
    else:
        has_changed = identity.is_operator and bool(users.filter(is_staff=True).update(is_staff=False))
        is_given = False
    if has_changed:
        action = "operator.appointed" if is_wanted else "operator.dismissed"
        audit.record(action, actor=identity.user, subject=identity.user, issuer=identity.issuer)
    return is_given

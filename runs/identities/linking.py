"""Tying an account to somebody at the provider, and cutting it off again, at its user's own wish.

Never by a name or an address that are alike: its user has signed in here, then there,
and says that both are one.
"""

from __future__ import annotations

from django.conf import settings
from django.db import IntegrityError, transaction

from runs import audit
from runs.errors import LastWayIn, NotFound, SignInRefused
from runs.identities.accounts import take_back
from runs.models import Identity, User

OTHERS = "Another account here is linked to this already. Sign in with it, or ask an operator."


def link(user: User, issuer: str, subject: str) -> Identity:
    """Have whom ``issuer`` calls ``subject`` sign in as ``user``; the claim has been verified.

    Linking twice is harmless. Raises ``SignInRefused`` where another account has it.
    """
    try:
        with transaction.atomic():
            known = Identity.objects.filter(issuer=issuer, subject=subject).first()
            if known is None:
                known = Identity.objects.create(user=user, issuer=issuer, subject=subject)
                audit.record("oidc.linked", actor=user, subject=user, issuer=issuer, issuers_subject=subject)
    except IntegrityError:
        # Somebody has come in by it in this moment.
        known = Identity.objects.get(issuer=issuer, subject=subject)
    if known.user_id != user.pk:
        raise SignInRefused(OTHERS)
    return known


def unlink(user: User, identity_id: int) -> Identity:
    """Have an issuer's somebody sign in as ``user`` no more; what the issuer has given goes, too.

    Raises ``NotFound``, and ``LastWayIn`` where nothing would be left to sign in with.
    """
    with transaction.atomic():
        # The row of the user, so that of two at once one is the last.
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        identity = Identity.objects.select_related("user").filter(user=user, pk=identity_id).first()
        if identity is None:
            raise NotFound("There is no such link.")
        if is_way_in(identity) and not _has_another(locked, identity):
            raise LastWayIn
        take_back(identity)
        Identity.objects.filter(pk=identity.pk).delete()
        facts = {"issuer": identity.issuer, "issuers_subject": identity.subject}
        audit.record("oidc.unlinked", actor=user, subject=user, **facts)
    return identity


def is_way_in(identity: Identity) -> bool:
    """Whether people sign in here with its issuer, as things are."""
    return settings.OIDC is not None and identity.issuer == settings.OIDC.issuer


def _has_another(user: User, identity: Identity) -> bool:
    passwords = settings.PASSWORDS
    if user.has_usable_password() and (passwords.of_all or user.username == passwords.break_glass_user):
        return True
    return Identity.objects.filter(user=user, issuer=identity.issuer).exclude(pk=identity.pk).exists()

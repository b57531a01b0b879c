"""Lists that somebody comes back to: saving one, renaming it, letting it go."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from runs.errors import NotFound, SavedViewRefused
from runs.filters import RunFilter
from runs.models import SavedView, User
from runs.storable import storable_text

MOST_SAVED = 30
LONGEST_NAME = 60
LONGEST_QUERY = 1000


def save(user: User, name: str, filter: RunFilter) -> SavedView:
    """Keep ``filter``, without its page, as ``name``. Raises ``SavedViewRefused``."""
    query = filter.query(cursor="")
    if not query:
        raise SavedViewRefused("There is nothing to save: choose a filter first.")
    if len(query) > LONGEST_QUERY:
        raise SavedViewRefused("This filter is too long to be saved: search for a shorter text.")
    view = SavedView(user=user, name=_fit(name), query=query)
    with transaction.atomic():
        # The row of the user, so that of many requests at once none goes beyond the limit.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if user.saved_views.count() >= MOST_SAVED:
            raise SavedViewRefused(f"You have {MOST_SAVED} saved views already; delete one first.")
        return _written(view)


def rename(user: User, view_id: int, name: str) -> SavedView:
    """Give a view of ``user``'s another name. Raises ``SavedViewRefused`` and ``NotFound``."""
    view = own(user, view_id)
    view.name = _fit(name)
    return _written(view)


def delete(user: User, view_id: int) -> SavedView:
    """Let a view of ``user``'s go. Raises ``NotFound``."""
    view = own(user, view_id)
    SavedView.objects.filter(pk=view.pk).delete()
    return view


def own(user: User, view_id: int) -> SavedView:
    """A view of ``user``'s. Raises ``NotFound``."""
    view = SavedView.objects.filter(user=user, pk=view_id).first()
    if view is None:
        raise NotFound("There is no such saved view.")
    return view


def _fit(name: str) -> str:
    fit = " ".join(storable_text(name).split())
    if not fit:
        raise SavedViewRefused("Please give the view a name.")
    if len(fit) > LONGEST_NAME:
        raise SavedViewRefused(f"Please give a name of at most {LONGEST_NAME} characters.")
    return fit


def _written(view: SavedView) -> SavedView:
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError:
        raise SavedViewRefused(f"You have a view named “{view.name}” already.") from None
    return view

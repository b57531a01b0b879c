"""What a user may keep of something, however many requests ask at once."""

from __future__ import annotations

import pytest

from runs import saved_inputs, saved_views
from runs.agents import AGENTS
from runs.errors import InputNotKept, SavedViewRefused
from runs.filters import RunFilter
from runs.models import SavedInput, SavedView, User
from tests.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)

REHEARSAL = AGENTS["rehearsal"]


def test_no_more_views_are_saved_than_a_user_may_have(owner: User) -> None:
    for number in range(saved_views.MOST_SAVED - 1):
        saved_views.save(owner, f"view {number}", RunFilter(status="failed"))
    outcomes = at_once(
        *[lambda name=f"at once {n}": saved_views.save(owner, name, RunFilter(status="failed")) for n in range(8)]
    )
    assert sum(isinstance(outcome, SavedViewRefused) for outcome in outcomes) == 7
    assert SavedView.objects.count() == saved_views.MOST_SAVED


def test_no_more_inputs_are_kept_than_a_user_may_have(owner: User) -> None:
    for number in range(saved_inputs.MOST_NAMED - 1):
        saved_inputs.keep_named(owner, REHEARSAL, {}, f"input {number}")
    outcomes = at_once(
        *[lambda name=f"at once {n}": saved_inputs.keep_named(owner, REHEARSAL, {}, name) for n in range(8)]
    )
    assert sum(isinstance(outcome, InputNotKept) for outcome in outcomes) == 7
    assert SavedInput.objects.count() == saved_inputs.MOST_NAMED


def test_no_more_drafts_stay_than_a_user_may_have(owner: User) -> None:
    for _ in range(saved_inputs.MOST_DRAFTS - 1):
        saved_inputs.keep_draft(owner, REHEARSAL, {})
    at_once(*[lambda: saved_inputs.keep_draft(owner, REHEARSAL, {})] * 8)
    assert saved_inputs.drafts(owner).count() == saved_inputs.MOST_DRAFTS

"""Every page of the admin, as ``tests/matrix`` has the other routes: nobody but operators gets through its door."""

from __future__ import annotations

from typing import Any, Final

import pytest
from django.apps import apps
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from runs.models import User
from tests.admin.staging import signed_in
from tests.matrix.cast import ask
from tests.matrix.routes import SIGN_IN, page
from tests.matrix.test_routes import SITE

PAGES: Final = ("changelist", "add", "change", "history", "delete", "action")
ADDED: Final = ("changelist", "add")
"""Pages that are of no one object."""

# fmt: off
MODELS: Final[dict[str, tuple[tuple[int, ...], str]]] = {
    # What an operator without any permission of Django's is answered, and an action of the page.
    #                     list  add  one  history  delete  action
    "runs_agentevent":    ((200, 403, 200, 200, 403), ""),
    "runs_agentrun":      ((200, 403, 200, 200, 403, 200), "cancel_runs"),
    "runs_agentsettings": ((200, 403, 200, 200, 403, 200), "pause_agents"),
    "runs_apitoken":      ((403, 403, 403, 403, 403, 403), "revoke_tokens"),
    "runs_auditentry":    ((200, 403, 200, 200, 403), ""),
    "runs_cluster":       ((200, 403, 200, 200, 403), ""),
    "runs_document":      ((200, 403, 200, 200, 403), ""),
    "runs_drill":         ((200, 403, 200, 200, 403), ""),
    "runs_identity":      ((403, 403, 403, 403, 403), ""),
    "runs_policy":        ((200, 200, 200, 200, 403, 404), "no_action"),
    "runs_runevent":      ((200, 403, 200, 200, 403), ""),
    "runs_webhook":       ((200, 403, 200, 200, 403), ""),
    "runs_webhookdelivery": ((200, 403, 200, 200, 403), ""),
    "runs_schedule":      ((200, 403, 200, 200, 403, 200), "pause_schedules"),
    "runs_user":          ((403, 403, 403, 403, 403), ""),
    "axes_accessattempt": ((403, 403, 403, 403, 403, 403), "lift_locks"),
    "django_q_ormq":      ((200, 403, 200, 200, 403), ""),
    "auth_group":         ((403, 403, 403, 403, 403), ""),
}
DOORS: Final[dict[str, int]] = {
    # What an operator is answered at pages of no model.
    "index": 200, "password_change": 200, "password_change_done": 200, "autocomplete": 403, "jsi18n": 200,
    "app_list": 200, "auth_user_password_change": 403,
}
# fmt: on
FOR_ALL: Final = ("login", "logout")
CLOSED: Final = ("view_on_site",)
"""Routes of Django's that the site answers with 404 before they are reached."""
GIVEN: Final[dict[str, dict[str, Any]]] = {
    "app_list": {"app_label": "runs"},
}


def test_every_page_of_the_admin_has_a_row() -> None:
    names = {name.removeprefix("admin:") for name in SITE if name.startswith("admin:")}
    rows = {f"{model}_{kind}" for model, (answers, _) in MODELS.items() for kind in PAGES[: len(answers)]}
    missing = names - rows - DOORS.keys() - {*FOR_ALL, *CLOSED}
    assert not missing, f"{sorted(missing)}: add a row to MODELS or DOORS that says what an operator is answered there"


@pytest.mark.parametrize("model", MODELS)
def test_a_models_pages_are_for_operators(
    attendant: User, stranger: User, one_of_each: dict[type[Model], Any], model: str
) -> None:
    answers, action = MODELS[model]
    chosen = one_of_each[apps.get_model(*model.rsplit("_", 1))]
    found = {}
    for kind in PAGES[: len(answers)]:
        given = [] if kind in ADDED else [chosen.pk, action] if kind == "action" else [chosen.pk]
        found[kind] = _only_operators(reverse(f"admin:{model}_{kind}", args=given), attendant, stranger)
    assert tuple(found.values()) == answers, found


@pytest.mark.parametrize("door", DOORS)
def test_the_other_pages_are_for_operators(attendant: User, stranger: User, door: str) -> None:
    given = {"id": stranger.pk} if door == "auth_user_password_change" else GIVEN.get(door, {})
    assert _only_operators(reverse(f"admin:{door}", kwargs=given), attendant, stranger) == DOORS[door]


def test_what_is_closed_is_not_there_for_anybody(attendant: User, stranger: User) -> None:
    row, url = page("GET", 404, 404, 404, 404), reverse("admin:view_on_site", args=[0, 1])
    clients = (Client(), signed_in(stranger), signed_in(attendant))
    assert [ask(client, row, url, {}).status for client in clients] == [SIGN_IN, 404, 404]


def _only_operators(url: str, operator: User, other: User) -> int | str:
    """What the operator is answered; for anybody else it is the page for signing in."""
    row = page("GET", 200, 200, 200, 200)
    for client in (Client(), signed_in(other)):
        assert ask(client, row, url, {}).status == SIGN_IN, url
    with transaction.atomic():
        return ask(signed_in(operator), row, url, {}).status

"""Waivers on a run's page: a small form at the finding, for who may, and the verdict beside the run's own."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from runs import access
from runs.models import User, Waiver
from tests.pages.reading import soup, text
from tests.pages.test_evidence import checked

pytestmark = pytest.mark.django_db

WAIVER = {"rule": "force-majeure", "reason": "Agreed.", "days": "30"}


def test_operator_who_has_opened_a_run_waives_and_takes_back(
    operators_page: Client, operator: User, owner: User
) -> None:
    run = checked(owner)
    address, waive = reverse("run", args=[run.pk]), reverse("run_waive", args=[run.pk])
    assert operators_page.post(waive, WAIVER).status_code == 403
    access.open_run(operator, run.pk, "To review it.")
    assert soup(operators_page.get(address)).select_one(f'form[action="{waive}"] [value="force-majeure"]')
    assert operators_page.post(waive, WAIVER).status_code == 302
    assert operators_page.post(waive, WAIVER).status_code == 409
    shown = operators_page.get(address)
    assert "Approved with 1 waiver" in text(shown)
    assert "“Agreed.”" in text(shown)
    assert "until now" not in text(shown)
    end = soup(shown).select_one('form[action$="/end/"]')
    assert end is not None
    operators_page.post(str(end["action"]))
    assert "with 1 waiver" not in text(operators_page.get(address))


def test_owner_waives_once_they_are_let(
    page: Client, owner: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    run = checked(owner)
    address, waive = reverse("run", args=[run.pk]), reverse("run_waive", args=[run.pk])
    assert page.post(waive, WAIVER).status_code == 403
    assert not soup(page.get(address)).select(f'form[action="{waive}"]')
    owner.user_permissions.add(Permission.objects.get(codename="add_waiver"))
    assert page.post(waive, WAIVER | {"days": "soon"}).status_code == 422
    assert page.post(waive, WAIVER).status_code == 302
    later = checked(owner)
    address, waive = reverse("run", args=[later.pk]), reverse("run_waive", args=[later.pk])
    with django_assert_max_num_queries(11):
        shown = page.get(address)
    assert "The same clause was waived in an earlier run by owner" in text(shown)
    proposal = soup(shown).select_one('[name="proposal"]')
    assert proposal is not None
    page.post(waive, {"proposal": str(proposal["value"])})
    assert Waiver.objects.filter(run=later, proposed_by__isnull=False).exists()
    assert page.get(address).status_code == 200

"""A version of a policy that changes a golden document needs an explicit yes to become the default."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from runs import goldens, policies, publishing
from runs.errors import GoldensChanged
from runs.models import AuditEntry, Policy, User
from tests.api.scripts import script_of
from tests.test_what_if import SOURCE, STRICTER, answer, checked

__all__ = ["answer"]

pytestmark = pytest.mark.django_db


def versions() -> list[int]:
    return sorted(Policy.objects.filter(name="contract-basics").values_list("version", flat=True))


@pytest.fixture
def golden(owner: User, answer: Any) -> None:
    """A pinned check of the sample contract, with its facts."""
    goldens.pin(checked(owner, answer), by=owner)


def test_what_changes_no_golden_is_published_at_once(operator: User, golden: None) -> None:
    published = publishing.publish(SOURCE.replace("title: Contract basics", "title: Contract"), by=operator)

    assert policies.resolve("contract-basics") == published


def test_what_changes_one_is_refused_and_names_it(operator: User, golden: None) -> None:
    with pytest.raises(GoldensChanged) as refusal:
        publishing.publish(STRICTER, by=operator)

    assert "It changes 1 of 1 golden documents: the sample (approved → rejected; paper)." in refusal.value.sentence
    assert versions() == [1]


def test_an_explicit_yes_publishes_it_and_is_audited(operator: User, golden: None) -> None:
    published = publishing.publish(STRICTER, by=operator, accepts_changes=True)

    assert policies.resolve("contract-basics") == published
    assert AuditEntry.objects.filter(action="policy.changes_accepted", actor=operator).exists()
    # What was said yes to is not asked again.
    publishing.publish(STRICTER, by=operator)


def test_of_a_golden_without_facts_nobody_can_say(owner: User, operator: User, answer: Any) -> None:
    goldens.pin(checked(owner, answer, b""), by=owner)

    with pytest.raises(GoldensChanged, match="Of 1 of 1 golden documents it cannot be said"):
        publishing.publish(SOURCE, by=operator)


def test_without_goldens_nothing_is_asked(owner: User, operator: User, answer: Any) -> None:
    checked(owner, answer)

    publishing.publish(STRICTER, by=operator)

    assert versions() == [1, 2]


def test_the_editor_keeps_the_text_and_offers_to_publish_all_the_same(
    client: Client, operator: User, golden: None
) -> None:
    client.force_login(operator)
    address = reverse("policy_edit", args=["contract-basics"])
    sent = {"policy": "contract-basics", "source": STRICTER, "note": "paper", "based_on": "1"}

    refused = client.post(address, sent)
    shown = refused.content.decode()
    accepted = client.post(address, {**sent, "accepts_changes": "yes"})

    assert refused.status_code == 409
    assert "It changes 1 of 1 golden documents" in shown
    assert "is printed on paper" in shown
    assert "Publish all the same" in shown
    assert accepted.status_code == 302
    assert versions() == [1, 2]


def test_a_script_says_yes_by_a_parameter(operator: User, golden: None) -> None:
    script = script_of(operator)

    refused = script.send("/api/v1/policies", STRICTER.encode(), "application/yaml")
    accepted = script.send("/api/v1/policies?accept_changes=true", STRICTER.encode(), "application/yaml")

    assert (refused.status_code, refused.json()["code"]) == (409, "goldens_changed")
    assert accepted.status_code == 201

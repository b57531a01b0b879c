"""Policies are published in versions and found by name."""

from __future__ import annotations

import pytest

from runs import policies
from runs.agents.policies import bundled_policies
from runs.errors import NotFound, PolicyRefused
from runs.models import Policy, User

pytestmark = pytest.mark.django_db

SOURCE = """
name: short
title: Short
rules:
  - id: greeting
    title: It greets
    kind: require
    phrases: [hello]
"""


def test_each_publication_is_the_next_version(owner: User) -> None:
    first = policies.publish(SOURCE, by=owner)
    second = policies.publish(SOURCE.replace("hello", "good day"), by=owner)

    assert [first.reference, second.reference] == ["short@1", "short@2"]
    assert second.created_by == owner
    assert policies.resolve("short") == second
    assert policies.resolve("short@1") == first


def test_a_policy_that_is_none_is_refused_and_stores_nothing() -> None:
    with pytest.raises(PolicyRefused):
        policies.publish("rules: [{}]")

    assert not Policy.objects.exists()


@pytest.mark.parametrize("reference", ["unknown", "contract-basics@99"])
def test_what_is_not_there_is_not_found(reference: str) -> None:
    with pytest.raises(NotFound):
        policies.resolve(reference)


def test_a_bundled_policy_is_there_without_anybody_publishing_it() -> None:
    assert policies.resolve("contract-basics").reference == "contract-basics@1"


def test_an_own_version_follows_the_bundled_one(owner: User) -> None:
    policies.resolve("contract-basics")
    source = bundled_policies()["contract-basics"]

    assert policies.publish(source, by=owner).reference == "contract-basics@2"
    assert policies.resolve("contract-basics").version == 2


def test_the_latest_of_each_are_listed_by_name() -> None:
    policies.publish(SOURCE)
    policies.publish(SOURCE)

    assert [policy.reference for policy in policies.latest()] == [
        *[f"{name}@1" for name in sorted(bundled_policies())],
        "short@2",
    ]

"""An issuer on loopback for all these tests; each finds it as it is at its start."""

# What needs Django is imported inside: this file is read before Django is set up.

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from pytest_django import Settings

if TYPE_CHECKING:
    from tests.identities.issuing import IssuerProcess


@pytest.fixture(scope="session")
def issuer_process() -> Iterator[IssuerProcess]:
    from tests.identities.issuing import issuing

    with issuing() as process:
        yield process


@pytest.fixture
def issuer(issuer_process: IssuerProcess, settings: Settings) -> IssuerProcess:
    """The site's provider. What the site has learnt of it in other tests is forgotten."""
    from runs import identities

    identities.provider.cache_clear()
    issuer_process.told(begin_anew=True)
    settings.OIDC = issuer_process.oidc
    return issuer_process

"""The API against its own description, asked by schemathesis: all checks, valid and broken requests alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

import pytest
import schemathesis
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import HealthCheck, settings
from pytest_django import Settings
from schemathesis import Case

from runs import saved_inputs, saved_views, schedules, uploads
from runs.agents import AGENTS
from runs.filters import RunFilter
from runs.models import ApiToken, User, Webhook
from runs.webhooks.sealing import seal
from tests import acting
from tests.wsgi import one_connection, whole

pytestmark = [pytest.mark.slow]

EXAMPLES: Final = 12
"""For each endpoint and each way of making them up: valid, broken, at the edges."""

THERE: dict[str, str] = {}
"""What a path can name that is there, by the parameter's name."""


described = schemathesis.openapi.from_wsgi(
    "/openapi.json",
    whole,
    config=schemathesis.Config.from_dict(
        {
            "checks": {
                # A schema can not say whether a cursor comes from a list, a file can be read or an agent may be run
                # now: 422 is an answer to what fits its schema, too. That it is not said of a field which the
                # schema allows is asserted below.
                "positive_data_acceptance": {
                    "expected-statuses": ["2xx", "304", "400", "401", "403", "404", "409", "422", "429"]
                },
            }
        }
    ),
    # The two original endpoints answer to the letter of another program: tests/api/test_original*.py.
).exclude(path_regex="^/agents/")


@described.hook
def map_path_parameters(context: Any, path_parameters: Any) -> Any:
    """Have half of all paths lead to what is there: of ids made up, none would."""
    if not isinstance(path_parameters, dict):
        return path_parameters
    return {
        name: THERE.get(name, value) if _is_plain(value) and len(str(value)) % 2 == 0 else value
        for name, value in path_parameters.items()
    }


def _is_plain(value: Any) -> bool:
    """Whether the value is one that could be there: what is broken on purpose stays so."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value > 0
    try:
        UUID(str(value))
    except ValueError:
        return False
    return True


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    with one_connection():
        yield


@pytest.fixture
def key(operator: User, settings: Settings) -> str:
    """A token that may do everything, of somebody who has something of everything."""
    settings.TOKEN_REQUESTS_PER_MINUTE = settings.ADDRESS_REQUESTS_PER_MINUTE = 0
    THERE["run_id"] = THERE["other_id"] = str(acting.completed(operator).pk)
    THERE["view_id"] = str(saved_views.save(operator, "Failures", RunFilter(status="failed")).pk)
    THERE["saved_id"] = str(saved_inputs.keep_named(operator, AGENTS["rehearsal"], {"seconds": 1}, "A short one").pk)
    THERE["schedule_id"] = str(schedules.create(operator, schedules.Wish("Nightly", "rehearsal", {}, "0 3 * * *")).pk)
    hook = Webhook.objects.create(
        user=operator, url="https://example.org/hook", events=["run.failed"], sealed_secret=seal("-")
    )
    THERE["webhook_id"] = str(hook.pk)
    THERE["delivery_id"] = str(hook.deliveries.create(event="webhook.test").pk)
    THERE["document_id"] = str(uploads.keep(SimpleUploadedFile("a.txt", b"some text"), operator).pk)
    THERE["token_id"] = str(ApiToken.issue(operator, "another")[0].pk)
    return ApiToken.issue(operator, "schemathesis")[1]


@described.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_answers_are_as_described(case: Case, key: str) -> None:
    response = case.call_and_validate(headers={"Authorization": f"Bearer {key}"})
    if response.status_code == 422 and _fits_the_schema(case):
        problem = response.json()
        faults = (
            {error["type"] for error in problem.get("errors", ())} if problem["code"] == "invalid_request" else set()
        )
        assert faults <= {"value_error"}, f"{problem} to {case.as_curl_command()}"


def _fits_the_schema(case: Case) -> bool:
    """Of forms nobody can tell: the client leaves empty fields and files out of them."""
    return case.meta is not None and case.meta.generation.mode.is_positive and case.media_type != "multipart/form-data"

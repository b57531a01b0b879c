"""``/api/v1/policies``: what documents can be checked against."""

from __future__ import annotations

import json
from typing import Annotated, Any, Final

from django.http import HttpRequest, HttpResponse
from ninja import Path, Router

from runs import access, policies
from runs.agents.policies import PolicyRules
from runs.api.authentication import signed_in
from runs.api.bodies import is_json, read_json
from runs.api.description import JSON, body_of
from runs.api.parameters import VersionParameters, described, read_parameters
from runs.api.problems import UNREADABLE, Refused, no_json, refusals
from runs.errors import NotFound
from runs.models import Policy
from runs.positions import Numbered
from runs.schemas import PolicyDetail, PolicyList, PolicyVersions, link

router = Router(tags=["policies"])

YAML: Final = "application/yaml"
PAGE_SIZE: Final = 50
LARGEST_VERSION: Final = 2**31 - 1

PolicyName = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,64}$")]
Version = Annotated[int, Path(ge=1, le=LARGEST_VERSION)]


@router.get("", response=PolicyList, openapi_extra=refusals())
def list_policies(request: HttpRequest) -> dict[str, Any]:
    """List the latest version of every policy."""
    return {"policies": policies.latest().defer("source", "rules")}


@router.post(
    "",
    response={201: PolicyDetail},
    openapi_extra={**refusals(), "requestBody": body_of({JSON: PolicyRules, YAML: {"type": "string"}})},
)
def publish_policy(request: HttpRequest, response: HttpResponse) -> Policy:
    """Publish a policy, in JSON or YAML, as the next version of the one it names. For operators.

    Runs that are under way keep the version they began with.
    """
    user = signed_in(request)
    access.operates(user)
    policy = policies.publish(_text_of(request), by=user)
    response["Location"] = link({"request": request}, "api:get_policy_version", policy.name, policy.version)
    policy.refresh_from_db()
    return policy


@router.get("/{name}", response=PolicyDetail, openapi_extra=refusals())
def get_policy(request: HttpRequest, name: PolicyName) -> Policy:
    """Show the latest version of a policy, with its rules."""
    return _one(name)


@router.get(
    "/{name}/versions",
    response=PolicyVersions,
    openapi_extra={**refusals(), "parameters": described(VersionParameters)},
)
def list_policy_versions(request: HttpRequest, name: PolicyName) -> dict[str, Any]:
    """List the versions of a policy, newest first."""
    versions, before = policies.versions(name), read_parameters(request, VersionParameters).before
    if before is not None:
        versions = versions.filter(version__lt=before)
    found = list(versions.defer("source", "rules")[: PAGE_SIZE + 1])
    if not found and before is None:
        raise NotFound(f"There is no policy {name!r}.")
    shown, rest = found[:PAGE_SIZE], found[PAGE_SIZE:]
    return {"versions": shown, "next_cursor": str(Numbered(shown[-1].version)) if rest else None}


@router.get("/{name}/versions/{version}", response=PolicyDetail, openapi_extra=refusals())
def get_policy_version(request: HttpRequest, name: PolicyName, version: Version) -> Policy:
    """Show one version of a policy, with its rules."""
    return _one(name, version)


def _one(name: str, version: int | None = None) -> Policy:
    versions = policies.versions(name)
    policy = (versions if version is None else versions.filter(version=version)).first()
    if policy is None:
        raise NotFound(f"There is no policy {name if version is None else f'{name}@{version}'!r}.")
    return policy


def _text_of(request: HttpRequest) -> str:
    """The policy as it was written. Raises ``Refused`` where it is no text, or not the JSON it is declared as."""
    try:
        if is_json(request):
            read_json(request.body)
        return request.body.decode("utf-8-sig")
    except json.JSONDecodeError as fault:
        raise Refused(no_json(fault)) from None
    except ValueError:
        raise Refused(UNREADABLE) from None

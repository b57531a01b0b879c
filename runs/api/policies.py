"""``/api/v1/policies``: what documents can be checked against."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Final

from django.http import HttpRequest, HttpResponse
from ninja import Path, Router
from pydantic import BaseModel

from runs import access, policies, policy_trials, publishing
from runs.agents.policies import PolicyRules
from runs.api.authentication import signed_in
from runs.api.bodies import is_json, read_json
from runs.api.description import JSON, body_of
from runs.api.parameters import (
    LARGEST_VERSION,
    ChangeParameters,
    PublishParameters,
    TrialParameters,
    VersionParameters,
    WhatIfParameters,
    described,
    read_parameters,
)
from runs.api.problems import UNREADABLE, Refused, no_json, refusals
from runs.errors import NotFound, PolicyRefused
from runs.models import Policy, User
from runs.positions import Numbered
from runs.schemas import (
    PolicyChanges,
    PolicyCheck,
    PolicyDetail,
    PolicyList,
    PolicyTrial,
    PolicyVersions,
    WhatIf,
    link,
)
from runs.what_if import Outcome, what_if

router = Router(tags=["policies"])

YAML: Final = "application/yaml"
PAGE_SIZE: Final = 50
WRITTEN: Final[Mapping[str, type[BaseModel] | dict[str, Any]]] = {JSON: PolicyRules, YAML: {"type": "string"}}
ANYTHING: Final[Mapping[str, type[BaseModel] | dict[str, Any]]] = {JSON: {}, YAML: {}}
"""What is to be told about, however faulty."""
CHANGES: Final = ("head", "rules", "unchanged", "order", "lines")

PolicyName = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,64}$")]
Version = Annotated[int, Path(ge=1, le=LARGEST_VERSION)]


@router.get("", response=PolicyList, openapi_extra=refusals())
def list_policies(request: HttpRequest) -> dict[str, Any]:
    """List the latest version of every policy."""
    return {"policies": policies.latest()}


@router.post(
    "",
    response={201: PolicyDetail},
    openapi_extra={
        **refusals(409),
        "requestBody": body_of(WRITTEN),
        "parameters": described(PublishParameters),
    },
)
def publish_policy(request: HttpRequest, response: HttpResponse) -> Policy:
    """Publish a policy, in JSON or YAML, as the next version of the one it names. For operators.

    Runs that are under way keep the version they began with.
    """
    user = _operator(request)
    given = read_parameters(request, PublishParameters)
    policy = publishing.publish(
        _text_of(request),
        by=user,
        note=given.note,
        based_on=given.based_on,
        accepts_changes=given.accept_changes,
    )
    response["Location"] = link({"request": request}, "api:get_policy_version", policy.name, policy.version)
    policy.refresh_from_db()
    return policy


@router.post("/validate", response=PolicyCheck, openapi_extra={**refusals(), "requestBody": body_of(ANYTHING)})
def validate_policy(request: HttpRequest) -> dict[str, Any]:
    """Say what is wrong with a policy, fault by fault, without publishing it. For operators."""
    _operator(request)
    text = _text_of(request)
    if not text:
        raise PolicyRefused("The policy is empty.")
    try:
        rules = policies.check(text)
    except PolicyRefused as refusal:
        return {"is_valid": False, "faults": refusal.faults}
    newest = policies.versions(rules.name).values_list("version", flat=True).first() or 0
    return {"is_valid": True, "faults": [], "name": rules.name, "title": rules.title, "next_version": newest + 1}


@router.post(
    "/try",
    response=PolicyTrial,
    openapi_extra={**refusals(404), "requestBody": body_of(WRITTEN), "parameters": described(TrialParameters)},
)
def try_policy(request: HttpRequest) -> dict[str, Any]:
    """Hold a document against a policy that need not be published. For operators.

    No run is triggered and nothing is stored. It takes twenty seconds at most; rules it did not come to end
    as not_evaluated.
    """
    user = _operator(request)
    chosen = read_parameters(request, TrialParameters).document
    rules = policies.check(_text_of(request))
    trial = policy_trials.attempt(rules, access.own_document(user, chosen) if chosen else None)
    return {**trial.model_dump(), "counts": trial.counts}


@router.post(
    "/what-if",
    response=WhatIf,
    openapi_extra={**refusals(), "requestBody": body_of(WRITTEN), "parameters": described(WhatIfParameters)},
)
def ask_what_if(request: HttpRequest) -> Outcome:
    """Say what a policy, which need not be published, would have found in the last runs by the policy of its name.

    For operators. Judged from what the runs have kept, each as of its own day: nothing is read or asked again. It
    takes twenty-five seconds at most; runs it did not come to are counted as unjudged.
    """
    _operator(request)
    last = read_parameters(request, WhatIfParameters).last
    return what_if(policies.check(_text_of(request)), last=last)


@router.get("/{name}", response=PolicyDetail, openapi_extra=refusals())
def get_policy(request: HttpRequest, name: PolicyName) -> Policy:
    """Show the latest version of a policy, with its rules."""
    return policies.one(name)


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
    return policies.one(name, version)


@router.get(
    "/{name}/changes",
    response=PolicyChanges,
    openapi_extra={**refusals(), "parameters": described(ChangeParameters)},
)
def list_policy_changes(request: HttpRequest, name: PolicyName) -> dict[str, Any]:
    """Show what differs between two versions of a policy, rule by rule and line by line."""
    given = read_parameters(request, ChangeParameters)
    after = policies.one(name, given.after)
    before = policies.one(name, given.before or max(after.version - 1, 1))
    found = policies.changes_between(before, after)
    return {"before": before, "after": after, **{key: getattr(found, key) for key in CHANGES}}


def _operator(request: HttpRequest) -> User:
    user = signed_in(request)
    access.operates(user)
    return user


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

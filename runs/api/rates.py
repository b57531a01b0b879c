"""How fast a caller asks, said in every answer, and refused when it is too fast."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from agentsite.addresses import is_loopback_name, network_of
from runs import origin
from runs.api.problems import Refusal
from runs.errors import RateLimited
from runs.models.user import digest
from runs.request_rates import Rate, spend


def rate_of(request: HttpRequest) -> Rate | None:
    """Count the request. Before anybody is known: also a wrong token is one that is asked with."""
    limits = {}
    address = origin.here().address
    if address and not is_loopback_name(address):
        limits[f"address {network_of(address)}"] = settings.ADDRESS_REQUESTS_PER_MINUTE
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        limits[f"token {digest(secret)}"] = settings.TOKEN_REQUESTS_PER_MINUTE
    return spend(limits)


def too_fast(rate: Rate) -> Refusal:
    """The refusal of a request that is one too many."""
    error = RateLimited(f"Requests were made faster than {rate.limit} a minute.", rate.wait_seconds)
    return Refusal(error.status, error.code, error.sentence, headers={"Retry-After": str(rate.wait_seconds)})


def say(rate: Rate | None, response: HttpResponseBase) -> None:
    """Have the answer tell how its caller stands."""
    if rate is not None:
        response["RateLimit-Limit"] = str(rate.limit)
        response["RateLimit-Remaining"] = str(rate.remaining)
        response["RateLimit-Reset"] = str(rate.reset_seconds)

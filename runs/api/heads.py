"""``HEAD``: the answer to ``GET`` without its body (RFC 9110, 9.3.2), for all endpoints alike."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from runs.api.problems import is_of_v1


def is_asked(request: HttpRequest) -> bool:
    """Whether only the head of the answer is wanted. The original API knows no such method."""
    return request.META.get("REQUEST_METHOD") == "HEAD" and is_of_v1(request)


@contextmanager
def asked_as_get(request: HttpRequest) -> Iterator[None]:
    """Have the endpoint for ``GET`` answer: a head that is made in another way would tell something else."""
    given = request.method
    request.method = "GET" if is_asked(request) else given
    try:
        yield
    finally:
        request.method = given


def allowed(request: HttpRequest, methods: str) -> str:
    """The methods of an address, ``HEAD`` beside ``GET``."""
    listed = [method.strip() for method in methods.split(",")]
    return ", ".join([*listed, "HEAD"]) if "GET" in listed and is_of_v1(request) else methods


def empty(request: HttpRequest, response: HttpResponseBase) -> None:
    """Take the body out of an answer to ``HEAD``; of what is streamed nothing is read."""
    if not is_asked(request):
        return
    if isinstance(response, StreamingHttpResponse):
        # What was to be read is closed with the answer.
        response.streaming_content = iter(())
    elif isinstance(response, HttpResponse):
        if response.status_code not in (204, 304):
            response.headers.setdefault("Content-Length", str(len(response.content)))
        response.content = b""

"""One request to the configured endpoint, and what became of it, in words that tell neither key nor text.

To that address and no other: no redirect is followed, no proxy of the environment used. Of an
answer that is no success nothing is passed on but what kind it is: providers quote keys and
texts in their errors.
"""

from __future__ import annotations

import contextlib
import email.utils
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any, Final

import httpcore

from agentsite.language_models import LanguageModel
from runs.connections import BoundedStream, tls

CONNECT_SECONDS: Final = 5.0
LARGEST_ANSWER: Final = 4 * 1024 * 1024
LONGEST_WAIT: Final = 3600.0
BROKEN: Final = (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException)
FINISHED: Final = ("stop", "length", "tool_calls")
FILTERED: Final = "The language model's provider refused the text (content filter)."
NO_CREDIT: Final = (
    "The site's account at the language model's provider has no credit left. An operator must see to it."
)
REFUSALS: Final[Mapping[int, str]] = {
    400: "The language model's provider refused the request (400).",
    401: "The language model's provider does not accept the site's key (401). An operator must see to it.",
    402: NO_CREDIT,
    403: "The language model's provider does not let the site use the model (403). An operator must see to it.",
    404: "The language model's provider knows no such model or address (404). An operator must see to it.",
    413: "The language model's provider refused the request as too large (413).",
}
REASONS: Final[Mapping[str, str]] = {
    "content_filter": FILTERED,
    "content_policy_violation": FILTERED,
    "context_length_exceeded": "The request is too long for the language model: LLM_CONTEXT_TOKENS is set too high.",
    "insufficient_quota": NO_CREDIT,
}


class EndpointFault(Exception):
    """The endpoint did not answer well.

    ``is_passing``: another try may help, after ``after_seconds`` where it said so.
    ``may_have_cost``: it may have worked on the request all the same.
    """

    def __init__(
        self, sentence: str, *, is_passing: bool = False, after_seconds: float = 0.0, may_have_cost: bool = False
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.is_passing = is_passing
        self.after_seconds = after_seconds
        self.may_have_cost = may_have_cost


class Exchange:
    """One request, which ``abort`` ends from another thread at once."""

    def __init__(self, endpoint: LanguageModel, request_id: str) -> None:
        self._endpoint = endpoint
        self._request_id = request_id
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._is_aborted = False

    def post(self, body: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """The answer's JSON, in at most ``seconds``. Raises ``EndpointFault``."""
        content = json.dumps(body).encode("ascii")
        backend = _Backend(self, time.monotonic() + seconds)
        try:
            with (
                httpcore.ConnectionPool(ssl_context=tls(), max_connections=1, network_backend=backend) as pool,
                pool.stream("POST", self._endpoint.url, headers=self._headers(), content=content) as response,
            ):
                headers = {name.lower(): value for name, value in response.headers}
                return _judged(response.status, headers, _read(response))
        except BROKEN as error:
            raise _broken(error, seconds) from None
        finally:
            self._forget()

    def abort(self) -> None:
        """Shut the connection: whoever waits for an answer then gets none."""
        with self._lock:
            self._is_aborted = True
            if self._socket is not None:
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)

    def note(self, connected: socket.socket) -> None:
        """Know the connection, to be able to shut it. Raises ``httpcore.ConnectError`` where it is not wanted now."""
        with self._lock:
            if self._is_aborted:
                raise httpcore.ConnectError("The run has ended.")
            # One of our own: TLS takes the other over.
            self._socket = connected.dup()

    def _forget(self) -> None:
        with self._lock:
            if self._socket is not None:
                self._socket.close()
                self._socket = None

    def _headers(self) -> list[tuple[str, str]]:
        named = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "AgentSite"}
        if self._request_id:
            named["X-Request-ID"] = self._request_id
        if self._endpoint.api_key:
            named["Authorization"] = f"Bearer {self._endpoint.api_key}"
        return list(named.items())


def _read(response: httpcore.Response) -> bytes:
    read = bytearray()
    for piece in response.iter_stream():
        read += piece
        if len(read) > LARGEST_ANSWER:
            limit = LARGEST_ANSWER // 1024 // 1024
            raise EndpointFault(f"The language model's answer is larger than {limit} MB.", may_have_cost=True)
    return bytes(read)


def _judged(status: int, headers: Mapping[bytes, bytes], content: bytes) -> dict[str, Any]:
    if status == 200:
        return _answer(content)
    reason = _reason(content)
    after = _after_seconds(headers)
    if reason in REASONS:
        raise EndpointFault(REASONS[reason])
    if status == 429:
        raise EndpointFault(
            "The language model's provider asks for fewer requests (429).", is_passing=True, after_seconds=after
        )
    if status >= 500 or status in (408, 409, 425):
        raise EndpointFault(
            f"The language model's provider is out of order ({status}).", is_passing=True, after_seconds=after
        )
    if 300 <= status < 400:
        raise EndpointFault(
            f"The language model's address leads elsewhere ({status}), and redirects are not followed. "
            "An operator must see to it."
        )
    raise EndpointFault(REFUSALS.get(status, f"The language model's provider refused the request ({status})."))


def _answer(content: bytes) -> dict[str, Any]:
    """A completion with one choice at least."""
    try:
        answer = json.loads(content)
        choice = answer["choices"][0]
        choice["message"]["role"]
    except (ValueError, RecursionError, LookupError, TypeError):
        raise EndpointFault(
            "The language model's answer could not be read.", is_passing=True, may_have_cost=True
        ) from None
    found: dict[str, Any] = answer
    return found


def refusal_in(answer: Mapping[str, Any]) -> str:
    """The sentence for an answer by which the model refuses; empty for any other."""
    choice = answer["choices"][0]
    if choice.get("finish_reason") == "content_filter":
        return FILTERED
    return "The language model refused to answer." if choice["message"].get("refusal") else ""


def in_full(answer: Mapping[str, Any], tokens_in: int, tokens_out: int) -> dict[str, Any]:
    """The first choice as a completion with all that belongs to one.

    Endpoints leave out what their own clients do not miss, and libraries refuse what is left.
    """
    choice = answer["choices"][0]
    message = {name: choice["message"].get(name) for name in ("role", "content", "tool_calls")}
    reason = choice.get("finish_reason")
    return {
        "id": str(answer.get("id") or "none"),
        "object": "chat.completion",
        "created": 0,
        "model": str(answer.get("model") or ""),
        "choices": [{"index": 0, "message": message, "finish_reason": reason if reason in FINISHED else "stop"}],
        "usage": {"prompt_tokens": tokens_in, "completion_tokens": tokens_out, "total_tokens": tokens_in + tokens_out},
    }


def _reason(content: bytes) -> str:
    """What programs are told of an error, where it is told as OpenAI tells it."""
    try:
        error = json.loads(content)["error"]
        return str(error.get("code") or error.get("type") or "")
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return ""


def _after_seconds(headers: Mapping[bytes, bytes]) -> float:
    """``Retry-After``: seconds, or a date."""
    said = headers.get(b"retry-after", b"").decode("ascii", "replace").strip()
    try:
        seconds = float(said)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(said).timestamp() - time.time()
        except ValueError:
            return 0.0
    return min(max(seconds, 0.0), LONGEST_WAIT) if seconds == seconds else 0.0


def _broken(error: Exception, seconds: float) -> EndpointFault:
    cause = error.__cause__ or error.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return EndpointFault(
            "The certificate of the language model's address is not accepted. An operator must see to it."
        )
    if isinstance(error, (httpcore.ConnectError, httpcore.ConnectTimeout)):
        return EndpointFault("The language model can not be reached.", is_passing=True)
    if isinstance(error, httpcore.TimeoutException):
        return EndpointFault(
            f"The language model did not answer within {seconds:.3g} s.", is_passing=True, may_have_cost=True
        )
    return EndpointFault("The connection to the language model broke off.", is_passing=True, may_have_cost=True)


class _Backend(httpcore.NetworkBackend):
    """Bounds every connection by the request's time, and tells the exchange of it."""

    def __init__(self, exchange: Exchange, deadline: float) -> None:
        self._exchange = exchange
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = min(CONNECT_SECONDS, max(self._deadline - time.monotonic(), 0.001))
        stream = httpcore.SyncBackend().connect_tcp(host, port, timeout=left)
        self._exchange.note(stream.get_extra_info("socket"))
        return BoundedStream(stream, self._deadline)

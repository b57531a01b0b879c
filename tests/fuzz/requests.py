"""Bad requests, of every kind that comes by."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlencode

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

METHODS: Final = ("GET", "POST", "POST", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "get", "BREW")
FORM: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data; boundary=x"
DECLARATIONS: Final = (
    "application/json", "application/x+json", "application/yaml", FORM, MULTIPART, "multipart/form-data",
    "multipart/form-data; boundary=\x00", "multipart/mixed; boundary=x", "text/plain; charset=klingon",
    "application/json; charset=utf-16", "application/x-www-form-urlencoded; charset=latin-1", "", "/", ";;;", "\xe9",
)  # fmt: skip
NAMES: Final = (
    "action", "active", "after", "agent", "aspect", "before", "cron", "csrfmiddlewaretoken", "cursor", "description",
    "document", "end", "event", "events", "expires_days", "fields", "file", "find", "from", "groups", "id", "ids",
    "input", "is_draft", "kind", "left", "limit", "name", "next", "number", "o", "on_conflict", "other",
    "outcome", "p", "page", "password", "period", "policy", "q", "query", "reason", "replace", "right", "rules", "run",
    "run_id", "runs", "scopes", "seconds", "select", "shown", "shows", "since", "slot", "source", "start", "status",
    "steps", "tab", "tests", "text", "theme", "title", "token", "trigger", "troubles", "until", "url", "user",
    "user_id", "username", "version", "view", "wait", "workers", "_popup", "_selected_action", "__proto__", "",
)  # fmt: skip
TEXTS: Final = (
    "", " ", "0", "-1", "1", "true", "null", "[]", "{}", "9" * 30, "1e999", "NaN", "\x00", "a\x00b", "\ud800",
    "\u202e", "é", "𝕏", "١", "2026-11-24", "2026-13-45", "0001-01-01", "9999-12-31", "../../etc/passwd", "x" * 3000,
    "%", "%00", "<script>", "{{ 7 * 7 }}", "contract-basics@" + "9" * 30, "contract-basics@x", "rehearsal",
    "document-extractor", "MA==", "eyJhIjoxfQ==", "http://[", "http://\x00/", "* * * * *", "@", "\r\nX: y",
    "3fa85f64-5717-4562-b3fc-2c963f66afa6",
)  # fmt: skip
HEADERS: Final = (
    "Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Content-Encoding", "Content-Length", "Cookie",
    "Forwarded", "Host", "HX-Current-URL", "HX-Request", "HX-Target", "Idempotency-Key", "If-Match",
    "If-Modified-Since", "If-None-Match", "Last-Event-ID", "Origin", "Range", "Referer", "Sec-Fetch-Site",
    "Transfer-Encoding", "X-CSRFToken", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto",
    "X-HTTP-Method-Override", "X-Request-ID",
)  # fmt: skip
HEADER_VALUES: Final = (
    "", " ", "-1", "0", "99999999999999999999", "abc", "\x00", "\xff", "x" * 9000, "Bearer", "Bearer ", "Bearer \xff",
    "Bearer agentsite_x", "Basic !!!", "bytes=0-1,5-2", "gzip", "chunked", "true", "W/\"", "*", "sessionid=\xff;;=",
    "csrftoken=\x00", "Mon, 99 Foo 2026 99:99:99 GMT", "999.999.999.999", "[::1", "a, b, c", "localhost:x", "DELETE",
)  # fmt: skip
SEGMENTS: Final = (
    "0", "1", "-1", "9" * 25, "00000000-0000-0000-0000-000000000001", "rehearsal", "document-extractor", "document",
    "contract-basics", "x" * 300, "a b", "é", "%00", "%ff%fe", "..", ".", "%2e%2e%2f", "%0d%0a", "null", "@", "_3a_00",
)  # fmt: skip

texts = st.sampled_from(TEXTS) | st.text(st.characters(codec=None), max_size=20)
scalars = (
    st.none()
    | st.booleans()
    | st.sampled_from([0, -1, 2**31, 2**63, -(2**63) - 1, 10**400, 0.1, 1e308, float("nan"), float("inf")])
    | texts
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=10,
)
pairs = st.lists(st.tuples(st.sampled_from(NAMES) | texts, texts), max_size=6)


def _as_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _as_form(fields: list[tuple[str, str]]) -> bytes:
    return urlencode(fields, errors="surrogatepass").encode()


def _as_multipart(fields: list[tuple[str, str]]) -> bytes:
    files = [f"; filename={name}" if index % 2 else "" for index, (name, _) in enumerate(fields)]
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n{text}'
        for file, (name, text) in zip(files, fields, strict=True)
    ]
    return ("\r\n".join(parts) + "\r\n--x--").encode("utf-8", "surrogatepass")


bodies: SearchStrategy[bytes] = st.one_of(
    values.map(_as_json),
    st.dictionaries(st.sampled_from(NAMES), values, max_size=6).map(_as_json),
    pairs.map(_as_form),
    pairs.map(_as_multipart),
    # Broken off somewhere.
    st.tuples(pairs.map(_as_multipart), st.integers(0, 200)).map(lambda cut: cut[0][: cut[1]]),
    st.binary(max_size=60),
    st.sampled_from(
        [b"", b"\x00", b"[" * 20_000, b'{"a":' * 5_000, b"1" * 5_000, b"\xff\xfe", b"--x", b"--x\r\n\r\n--x--"]
    ),
)
queries: SearchStrategy[str] = pairs.map(lambda fields: _as_form(fields).decode()) | st.sampled_from(
    ["", "", "&", "=", "%", "%00", "%ff=%fe", "a" * 5_000, "a=1&" * 1_500, "cursor=MA", "cursor=%00", "shown=,,%00"]
)
headers = st.dictionaries(st.sampled_from(HEADERS), st.sampled_from(HEADER_VALUES), max_size=3)


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="surrogatepass")


@dataclass(frozen=True, slots=True)
class BadRequest:
    """What is asked of a route. ``segments`` take the place of its parameters, ``None`` is one that exists."""

    who: str
    method: str
    segments: list[str | None]
    query: str
    body: bytes
    declared: str
    headers: dict[str, str] = field(default_factory=dict)


bad_requests = st.builds(
    BadRequest,
    who=st.sampled_from(["operator", "operator", "owner", "token", "nobody"]),
    method=st.sampled_from(METHODS),
    # Mostly there, or nothing behind the addresses would be reached.
    segments=st.lists(st.none() | st.none() | st.sampled_from(SEGMENTS) | texts.map(_quoted), min_size=3, max_size=3),
    query=queries,
    body=bodies,
    declared=st.sampled_from(DECLARATIONS),
    headers=headers | st.just({}),
)

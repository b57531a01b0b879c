"""A provider of OpenID Connect, in a process of its own: ``python -m tests.identities.issuer PORT``.

It does what a real one does, with keys made at its start, and tells lies when told to:

- ``/.well-known/openid-configuration``, ``/authorize``, ``/token``, ``/userinfo``, ``/jwks``, ``/end``
- ``POST /control`` changes what it does (``STATE`` below); ``GET /control`` says what it was asked
- ``POST /mint`` signs claims, as an access token for the API
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import sys
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, Key, KeySet, RSAKey

CLIENT_ID, CLIENT_SECRET = "agentsite", "the client's secret"
STATE: dict[str, Any] = {}
CODES: dict[str, dict[str, str]] = {}
TOKENS: set[str] = set()
ASKED: Counter[str] = Counter()
KEYS: dict[str, Key] = {}


def begin_anew() -> None:
    STATE.clear()
    STATE.update(
        person={"sub": "248289761001", "preferred_username": "ada", "email": "ada@example.org", "given_name": "Ada"},
        userinfo={},  # What is told there and not in the ID token.
        fault="",
        algorithm="RS256",
        asks=False,  # Whether a page asks before somebody is let in.
        offers_sign_out=True,
        calls_itself="",
    )
    CODES.clear()
    ASKED.clear()


def make_keys() -> None:
    """New ones, under new names."""
    KEYS.clear()
    name = secrets.token_hex(4)
    KEYS["RS256"] = RSAKey.generate_key(2048, {"kid": f"{name}-rsa", "use": "sig"})
    KEYS["ES256"] = ECKey.generate_key("P-256", {"kid": f"{name}-ec", "use": "sig"})


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(claims: dict[str, Any], fault: str = "", typ: str = "JWT") -> str:
    key = KEYS[STATE["algorithm"]]
    header = {"alg": STATE["algorithm"], "kid": key.kid, "typ": typ}
    if fault in ("alg none", "signed with the public key"):
        header["alg"] = "none" if fault == "alg none" else "HS256"
        unsigned = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
        public = KEYS["RS256"].as_pem(private=False)  # type: ignore[attr-defined]
        signature = b"" if fault == "alg none" else hmac.digest(public, unsigned.encode(), hashlib.sha256)
        return f"{unsigned}.{b64(signature)}"
    if fault == "unknown key":
        header["kid"] = "nobody's"
    if fault == "another's key":
        key = RSAKey.generate_key(2048)
        header["alg"] = "RS256"
    return jwt.encode(header, claims, key, default_type=None)


class Issuer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        url = urlsplit(self.path)
        ASKED[url.path] += 1
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        match url.path:
            case "/.well-known/openid-configuration":
                self.json(self.metadata())
            case "/jwks":
                self.json(KeySet(list(KEYS.values())).as_dict(private=False))
            case "/authorize":
                self.authorize(query)
            case "/approve":
                self.approve(query)
            case "/userinfo":
                self.userinfo()
            case "/end":
                self.redirect(query["post_logout_redirect_uri"])
            case "/control":
                self.json(dict(ASKED))
            case _:
                self.json({}, 404)

    def do_POST(self) -> None:
        path = urlsplit(self.path).path
        ASKED[path] += 1
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        match path:
            case "/control":
                change = json.loads(body)
                if change.pop("begin_anew", False):
                    begin_anew()
                if change.pop("make_keys", False):
                    make_keys()
                STATE.update(change)
                self.json({})
            case "/mint":
                wanted = json.loads(body)
                now = int(time.time())
                usual = {"iss": self.url, "aud": "agentsite-api", "sub": STATE["person"]["sub"], "exp": now + 300}
                claims = {**usual, "iat": now, **wanted["claims"]}
                kept = {name: value for name, value in claims.items() if value is not None}
                self.json({"token": signed(kept, wanted.get("fault", ""), wanted.get("typ", "at+jwt"))})
            case "/token":
                self.token({name: values[0] for name, values in parse_qs(body).items()})
            case _:
                self.json({}, 404)

    @property
    def url(self) -> str:
        return f"http://{self.headers['Host']}"

    def metadata(self) -> dict[str, Any]:
        metadata = {
            "issuer": STATE["calls_itself"] or self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            # A provider that would let itself be talked into anything.
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
        }
        return {**metadata, "end_session_endpoint": f"{self.url}/end"} if STATE["offers_sign_out"] else metadata

    def authorize(self, query: dict[str, str]) -> None:
        right = query.get("client_id") == CLIENT_ID and query.get("response_type") == "code"
        if not right or "openid" not in query["scope"].split() or query.get("code_challenge_method") != "S256":
            self.json({"error": "invalid_request", "asked": query}, 400)
            return
        if STATE["asks"]:
            fields = "".join(f'<input type="hidden" name="{n}" value="{v}">' for n, v in query.items())
            page = f"<title>Example ID</title><form action=/approve>{fields}<button>Let me in</button></form>"
            self.answer(200, page.encode(), "text/html")
            return
        self.approve(query)

    def approve(self, query: dict[str, str]) -> None:
        if STATE["fault"] == "access denied":
            self.redirect(query["redirect_uri"] + "?" + urlencode({"error": "access_denied", "state": query["state"]}))
            return
        code = secrets.token_urlsafe(16)
        CODES[code] = query
        back = {"code": code, "state": query["state"]}
        self.redirect(query["redirect_uri"] + "?" + urlencode(back))

    def token(self, sent: dict[str, str]) -> None:
        fault = STATE["fault"]
        if fault == "token endpoint fails":
            self.json({}, 500)
            return
        secret = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        query = CODES.pop(sent.get("code", ""), None)
        verifier = sent.get("code_verifier", "")
        is_right = (
            query is not None
            and self.headers.get("Authorization") == f"Basic {secret}"
            and sent.get("redirect_uri") == query["redirect_uri"]
            and b64(hashlib.sha256(verifier.encode()).digest()) == query["code_challenge"]
        )
        if query is None or not is_right:
            self.json({"error": "invalid_grant"}, 400)
            return
        now = int(time.time())
        lies: dict[str, dict[str, Any]] = {
            "wrong nonce": {"nonce": "another"},
            "no nonce": {"nonce": None},
            "wrong audience": {"aud": "another-client"},
            "several audiences": {"aud": [CLIENT_ID, "another-client"]},
            "expired": {"iat": now - 7200, "exp": now - 3600},
            "other issuer": {"iss": "https://elsewhere.example"},
            "no subject": {"sub": None},
        }
        times = {"iat": now, "exp": now + 300}
        claims = {"iss": self.url, "aud": CLIENT_ID, "nonce": query["nonce"], **times, **STATE["person"]}
        claims |= lies.get(fault, {})
        token = secrets.token_urlsafe(16)
        TOKENS.add(token)
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": 300}
        if fault != "no ID token":
            kept = {name: value for name, value in claims.items() if value is not None}
            answer["id_token"] = signed(kept, fault)
        self.json(answer)

    def userinfo(self) -> None:
        if self.headers.get("Authorization", "").removeprefix("Bearer ") not in TOKENS:
            self.json({"error": "invalid_token"}, 401)
        elif STATE["fault"] == "speaks of another":
            self.json({"sub": "somebody else"})
        else:
            self.json({**STATE["person"], **STATE["userinfo"]})

    def json(self, body: Any, status: int = 200) -> None:
        self.answer(status, json.dumps(body).encode(), "application/json")

    def redirect(self, url: str) -> None:
        self.send_response(302)
        self.send_header("Location", url)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing: a test's output is for the test."""


if __name__ == "__main__":
    begin_anew()
    make_keys()
    with ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Issuer) as server:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        server.serve_forever()

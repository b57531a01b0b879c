"""Clients of the API, as scripts are: they send JSON and a token, and read JSON."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from runs.models import ApiToken, User

JSON = "application/json"


class Script:
    """Somebody's script. ``headers`` go with every request."""

    def __init__(self, secret: str = "", **headers: str) -> None:
        token = {"Authorization": f"Bearer {secret}"} if secret else {}
        self.client = Client(headers={**token, **headers})

    def get(self, path: str, **parameters: Any) -> Any:
        return self.client.get(path, parameters)

    def post(self, path: str, body: Any = None) -> Any:
        return self.send(path, b"" if body is None else json.dumps(body).encode())

    def send(self, path: str, body: bytes, content_type: str = JSON) -> Any:
        return self.client.generic("POST", path, body, content_type)


def script_of(user: User) -> Script:
    """A script with a token of ``user``'s."""
    return Script(ApiToken.issue(user, "a test")[1])


def on_this_machine(**headers: str) -> Script:
    """A script without a token, on the machine of the site, as the original's examples are."""
    return Script(**{"Host": "localhost:8000", **headers})

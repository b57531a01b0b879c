"""The scripted model as tests hold it."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx

from agentsite.language_models import LanguageModel
from tests.llm.model_server import KEY, MODEL
from tests.sites import ROOT


class ScriptedModel:
    """The server's process, seen from a test."""

    def __init__(self, port: int) -> None:
        self.base_url = f"http://127.0.0.1:{port}/v1"
        self._control = f"http://127.0.0.1:{port}"

    def plays(self, *steps: dict[str, Any]) -> None:
        httpx.put(f"{self._control}/script", json=list(steps)).raise_for_status()

    def answers(self, **arguments: Any) -> None:
        self.plays({"act": "answer", "arguments": arguments})

    @property
    def received(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = httpx.get(f"{self._control}/received").json()
        return found

    def settings(self, **changes: Any) -> LanguageModel:
        """As an operator would configure it, with prices."""
        prices = {"price_in": Decimal(1), "price_out": Decimal(2)}
        return LanguageModel(self.base_url, MODEL, **{"api_key": KEY, "timeout_seconds": 10.0, **prices, **changes})


@contextlib.contextmanager
def scripted_models() -> Iterator[ScriptedModel]:
    command = [sys.executable, "-m", "tests.llm.model_server"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield ScriptedModel(int(process.stdout.readline()))
        finally:
            process.terminate()

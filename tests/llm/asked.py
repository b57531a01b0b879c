"""The scripted model as tests hold it."""

from __future__ import annotations

import contextlib
import multiprocessing
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx

from agentsite.language_models import LanguageModel
from runs.agents.llm import LanguageModel as AskedModel
from runs.agents.llm import ModelOffer
from runs.agents.llm_client import RelayedModel
from runs.agents.llm_pipe import ModelPipe
from runs.relay import Relay, Spending, limits_asked
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


@dataclass
class Wire:
    """An attempt's context as far as the pipe needs it, its messages taken to the relay at once."""

    relay: Relay | None = None
    deadline: float = field(default_factory=lambda: time.time() + 60)
    cancelled: bool = False

    def send(self, message: Mapping[str, Any]) -> None:
        assert self.relay is not None
        self.relay.take(message)


@contextlib.contextmanager
def asking(endpoint: LanguageModel, **input: Any) -> Iterator[tuple[AskedModel, Spending]]:
    """The agent's side and the supervisor's in one process, over a real pipe, for tests that are about neither."""
    wire = Wire()
    replies, answers = multiprocessing.Pipe(duplex=False)
    with replies, answers:
        spending = Spending(endpoint, limits_asked(endpoint, input))
        wire.relay = Relay(endpoint, spending, answers.fileno(), "")
        offer = ModelOffer(
            endpoint.model, endpoint.context_tokens, endpoint.answer_tokens, "tool", endpoint.most_tries
        )
        yield RelayedModel(offer, ModelPipe(wire, replies)), spending
        wire.relay.close()

"""What a run uses of the language model: counted, priced, and held within its limits."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from agentsite.language_models import LanguageModel

CHARACTERS_PER_TOKEN: Final = 3
MILLION: Final = Decimal(1_000_000)
MOST_REQUESTS: Final = 1_000
LONGEST_MODEL: Final = 120
SMALLEST_ANSWER: Final = 200
"""Tokens. An answer that would be cut off before that is not paid for."""


class LimitReached(Exception):
    """The run may not ask. The sentence says which limit it is."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one run, over all its attempts. ``cost``: None where nobody limits it."""

    tokens: int
    cost: Decimal | None


class Spending:
    """One run's, shared between the supervisor and the thread that asks.

    What a request may cost is taken when it is sent and corrected when it is answered, so that
    one which is broken off is counted, too.
    """

    def __init__(self, endpoint: LanguageModel, limits: Limits, earlier: Mapping[str, Any] | None = None) -> None:
        earlier = earlier or {}
        self._endpoint = endpoint
        self._limits = limits
        self._lock = threading.Lock()
        self._model: str = earlier.get("model", "")
        self._requests: int = earlier.get("requests", 0)
        self._tokens_in: int = earlier.get("tokens_in", 0)
        self._tokens_out: int = earlier.get("tokens_out", 0)
        self._is_estimated: bool = earlier.get("is_estimated", False)
        self._prompts: list[str] = list(earlier.get("prompts", ()))
        self._changes = self._offered = self._written = 0

    def allow(self, body: Mapping[str, Any], prompt: str) -> Asking:
        """Count a request that is about to be sent, and say how long its answer may be. Raises ``LimitReached``."""
        estimate = len(json.dumps(body, ensure_ascii=False)) // CHARACTERS_PER_TOKEN + 1
        with self._lock:
            room = self._room(estimate)
            self._requests += 1
            self._tokens_in += estimate
            if prompt not in self._prompts:
                self._prompts.append(prompt)
            self._changes += 1
        return Asking(self, estimate, min(room, self._endpoint.answer_tokens))

    def _room(self, estimate: int) -> int:
        """How many tokens an answer may have after a question of ``estimate``."""
        endpoint, limits = self._endpoint, self._limits
        if self._requests >= MOST_REQUESTS:
            raise LimitReached(f"The run has asked the language model {MOST_REQUESTS:,} times, and may not any more.")
        smallest = min(SMALLEST_ANSWER, endpoint.answer_tokens)
        room = limits.tokens - self._tokens_in - self._tokens_out - estimate
        if room < smallest:
            raise LimitReached(f"The run's limit of {limits.tokens:,} tokens for the language model is reached.")
        if limits.cost is None:
            return room
        if endpoint.price_in is None or endpoint.price_out is None:
            raise LimitReached(
                "The run has a limit on money, which can not be kept: no prices of the language model are configured."
            )
        left = limits.cost - self._cost_of(self._tokens_in + estimate, self._tokens_out)
        affordable = int(left * MILLION / endpoint.price_out) if endpoint.price_out else room
        if left < 0 or affordable < smallest:
            limit = f"{limits.cost:f} {endpoint.currency}"
            raise LimitReached(f"The run's limit of {limit} for the language model is reached.")
        return min(room, affordable)

    def correct(self, estimate: int, tokens_in: int, tokens_out: int, *, model: str, is_estimated: bool) -> None:
        """What a request has used after all, in place of what was taken for it."""
        with self._lock:
            self._tokens_in += tokens_in - estimate
            self._tokens_out += tokens_out
            self._model = model or self._model
            self._is_estimated = self._is_estimated or is_estimated
            self._changes += 1

    def cost_of(self, tokens_in: int, tokens_out: int) -> Decimal | None:
        """In the configured currency; None without prices."""
        return self._cost_of(tokens_in, tokens_out) if self._endpoint.has_prices else None

    def _cost_of(self, tokens_in: int, tokens_out: int) -> Decimal:
        endpoint = self._endpoint
        assert endpoint.price_in is not None
        assert endpoint.price_out is not None
        return (tokens_in * endpoint.price_in + tokens_out * endpoint.price_out) / MILLION

    def news(self) -> dict[str, Any] | None:
        """What the run has used in all, as it is recorded; None where that has been written down."""
        with self._lock:
            if self._changes == self._written:
                return None
            self._offered = self._changes
            cost = self.cost_of(self._tokens_in, self._tokens_out)
            return {
                "model": self._model or self._endpoint.model,
                "host": self._endpoint.host,
                "requests": self._requests,
                "tokens_in": self._tokens_in,
                "tokens_out": self._tokens_out,
                "cost": None if cost is None else f"{cost:.6f}",
                "currency": self._endpoint.currency,
                "is_estimated": self._is_estimated,
                "prompts": list(self._prompts),
            }

    def forget_news(self) -> None:
        """What ``news`` gave has been written down."""
        with self._lock:
            self._written = self._offered


@dataclass(frozen=True, slots=True)
class Asking:
    """A request that was allowed. One of ``answered``, ``lost`` and ``unspent`` follows, or the process dies first."""

    spending: Spending
    estimate: int
    answer_tokens: int

    def answered(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """Count what the endpoint says it has used; the usage as the agent is told of it."""
        said = answer.get("usage")
        tokens_in, tokens_out = _count(said, "prompt_tokens"), _count(said, "completion_tokens")
        is_estimated = tokens_in is None or tokens_out is None
        if is_estimated:
            tokens_in = self.estimate
            tokens_out = len(json.dumps(answer.get("choices"), ensure_ascii=False)) // CHARACTERS_PER_TOKEN + 1
        assert tokens_in is not None
        assert tokens_out is not None
        model = str(answer.get("model") or "")[:LONGEST_MODEL]
        self.spending.correct(self.estimate, tokens_in, tokens_out, model=model, is_estimated=is_estimated)
        cost = self.spending.cost_of(tokens_in, tokens_out)
        return {
            "model": model,
            "tokens_in": tokens_in,
            "tokens_out": tokens_out,
            "cost": None if cost is None else str(cost),
            "is_estimated": is_estimated,
        }

    def lost(self) -> None:
        """No answer came, although the endpoint may have worked for it: what was asked counts."""
        self.spending.correct(self.estimate, self.estimate, 0, model="", is_estimated=True)

    def unspent(self) -> None:
        """The endpoint has not worked for it."""
        self.spending.correct(self.estimate, 0, 0, model="", is_estimated=False)


def _count(usage: Any, name: str) -> int | None:
    value = usage.get(name) if isinstance(usage, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else None

"""What the environment says of a language model. ``settings`` alone reads it, through this."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

OUTPUT_MODES: Final = ("tool", "json_schema", "prompted")
LIMIT_FIELDS: Final = ("max_completion_tokens", "max_tokens")
VARIABLES: Final = ("LLM_BASE_URL", "LLM_MODEL", "LLM_API_KEY", "LLM_PRICE_IN", "LLM_PRICE_OUT", "LLM_MAX_COST")


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """An endpoint that speaks OpenAI's chat completions, and what a run may use of it."""

    base_url: str
    model: str
    api_key: str = field(default="", repr=False)
    price_in: Decimal | None = None
    """Of a million tokens of what is asked; None where nobody has said."""
    price_out: Decimal | None = None
    """Of a million tokens of what is answered."""
    currency: str = "USD"
    max_tokens: int = 200_000
    """A run's, of both kinds together. Its input can ask for fewer."""
    max_cost: Decimal | None = None
    context_tokens: int = 32_000
    """What one request and its answer may have."""
    answer_tokens: int = 4_000
    timeout_seconds: float = 120.0
    """One request's."""
    most_tries: int = 3
    """How often an answer that does not keep to the form is asked for."""
    output_mode: str = "tool"
    limit_field: str = "max_completion_tokens"

    @property
    def url(self) -> str:
        """Where requests go, and nothing else does."""
        return f"{self.base_url.rstrip('/')}/chat/completions"

    @property
    def host(self) -> str:
        """Whom documents are sent to: recorded with what a run has used."""
        return urlsplit(self.base_url).netloc.rpartition("@")[2]

    @property
    def has_prices(self) -> bool:
        return self.price_in is not None and self.price_out is not None

    @classmethod
    def read(cls, env: Any) -> LanguageModel | None:
        """As the environment has it; None without an address and a model's name. Raises ``ImproperlyConfigured``."""
        base_url, model = env.str("LLM_BASE_URL", default="").strip(), env.str("LLM_MODEL", default="").strip()
        if not base_url or not model:
            return None
        found = cls(
            base_url,
            model,
            env.str("LLM_API_KEY", default="").strip(),
            _money(env, "LLM_PRICE_IN"),
            _money(env, "LLM_PRICE_OUT"),
            env.str("LLM_CURRENCY", default="USD"),
            env.int("LLM_MAX_TOKENS", default=200_000),
            _money(env, "LLM_MAX_COST"),
            env.int("LLM_CONTEXT_TOKENS", default=32_000),
            env.int("LLM_ANSWER_TOKENS", default=4_000),
            env.float("LLM_TIMEOUT_SECONDS", default=120.0),
            env.int("LLM_TRIES", default=3),
            env.str("LLM_OUTPUT", default="tool"),
            env.str("LLM_LIMIT_FIELD", default="max_completion_tokens"),
        )
        found.refuse_nonsense()
        return found

    def refuse_nonsense(self) -> None:
        """Raises ``ImproperlyConfigured`` for what can not work."""
        if not self.base_url.startswith(("http://", "https://")):
            raise ImproperlyConfigured(
                "LLM_BASE_URL begins with https:// or http://, as https://models.example.org/v1."
            )
        if self.output_mode not in OUTPUT_MODES:
            raise ImproperlyConfigured(f"LLM_OUTPUT is one of {', '.join(OUTPUT_MODES)}.")
        if self.limit_field not in LIMIT_FIELDS:
            raise ImproperlyConfigured(f"LLM_LIMIT_FIELD is one of {', '.join(LIMIT_FIELDS)}.")
        if min(self.max_tokens, self.answer_tokens, self.most_tries, self.timeout_seconds) < 1:
            raise ImproperlyConfigured(
                "LLM_MAX_TOKENS, LLM_ANSWER_TOKENS, LLM_TRIES and LLM_TIMEOUT_SECONDS are at least 1."
            )
        if self.context_tokens < self.answer_tokens + 2_000:
            raise ImproperlyConfigured(
                "LLM_CONTEXT_TOKENS must leave 2,000 tokens beside LLM_ANSWER_TOKENS, for instruction and document."
            )


def named_in(env: Any) -> list[str]:
    """The variables of a model that are set, for ``runs.checks``; never their values."""
    return [name for name in VARIABLES if env.str(name, default="").strip()]


def _money(env: Any, name: str) -> Decimal | None:
    text = env.str(name, default="").strip()
    if not text:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal(-1)
    if not value.is_finite() or value < 0:
        raise ImproperlyConfigured(f"{name} is an amount of money, as 0.15, and not below 0.")
    return value

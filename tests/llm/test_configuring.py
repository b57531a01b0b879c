"""What an operator sets, and what is said where it is not whole."""

from __future__ import annotations

import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from environ import FileAwareEnv

from agentsite.language_models import LanguageModel, named_in
from runs.relay import limits_asked
from runs.relay.spending import Limits
from tests.sites import ROOT

URL = "https://models.example/v1"
SET = {"LLM_BASE_URL": URL, "LLM_MODEL": "large"}


def read(monkeypatch: pytest.MonkeyPatch, **variables: str) -> LanguageModel | None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return LanguageModel.read(FileAwareEnv())


def test_the_key_may_come_from_a_file_and_is_never_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sk-of-a-file\n")

    found = read(monkeypatch, **SET, LLM_API_KEY_FILE=str(tmp_path / "key"))

    assert found is not None
    assert found.api_key == "sk-of-a-file"
    assert "sk-of-a-file" not in repr(found)
    assert found.url == f"{URL}/chat/completions"


@pytest.mark.parametrize(
    "variables",
    [
        {"LLM_BASE_URL": "models.example/v1"},
        {"LLM_PRICE_IN": "cheap"},
        {"LLM_MAX_COST": "-1"},
        {"LLM_OUTPUT": "xml"},
        {"LLM_LIMIT_FIELD": "limit"},
        {"LLM_CONTEXT_TOKENS": "5000"},
        {"LLM_TRIES": "0"},
    ],
    ids=lambda variables: next(iter(variables)),
)
def test_what_can_not_work_is_named_at_the_start(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    with pytest.raises(ImproperlyConfigured, match=next(iter(variables))):
        read(monkeypatch, **{**SET, **variables})


def test_half_a_model_is_none_and_is_warned_of(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.LLM = read(monkeypatch, LLM_API_KEY="sk-secret")
    settings.LLM_VARIABLES_SET = named_in(FileAwareEnv())

    (warning,) = [found for found in run_checks() if found.id == "runs.W020"]

    assert warning.msg == "LLM_API_KEY alone name no language model: nothing is asked of any."


@pytest.mark.parametrize(
    ("changes", "id"),
    [
        ({"base_url": "http://models.example/v1"}, "runs.W022"),
        ({"api_key": ""}, "runs.W023"),
        ({"price_out": None}, "runs.W024"),
        ({"max_cost": Decimal(1), "price_in": None, "price_out": None}, "runs.W025"),
    ],
)
def test_what_hardly_is_meant_is_warned_of(settings: Any, changes: dict[str, Any], id: str) -> None:
    whole = {"base_url": URL, "model": "large", "api_key": "sk", "price_in": Decimal(1), "price_out": Decimal(1)}
    settings.LLM = LanguageModel(**whole)
    assert not [found for found in run_checks() if (found.id or "").startswith("runs.W02")]

    settings.LLM = LanguageModel(**{**whole, **changes})

    assert [found.id for found in run_checks() if (found.id or "").startswith("runs.W02")] == [id]


def test_a_runs_input_can_ask_for_less_and_not_for_more() -> None:
    site = LanguageModel(URL, "large", max_tokens=1000, max_cost=Decimal(2))

    assert limits_asked(site, {}) == Limits(1000, Decimal(2))
    assert limits_asked(site, {"max_tokens": 10, "max_cost": 0.5}) == Limits(10, Decimal("0.5"))
    assert limits_asked(site, {"max_tokens": 10**9, "max_cost": "1e9"}) == Limits(1000, Decimal(2))
    assert limits_asked(site, {"max_tokens": "all", "max_cost": "NaN"}) == Limits(1000, Decimal(2))


WITHOUT = """
import importlib.util, sys

LEFT_OUT = ("pydantic_ai", "openai", "httpx2")
find_spec = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name in LEFT_OUT else find_spec(name, *rest)
sys.modules.update(dict.fromkeys(LEFT_OUT))

import django; django.setup()
from django.core.checks import run_checks
from runs import relay, worker
from runs.agents import child

print(relay.model_offer(), *[found.id for found in run_checks() if "W021" in (found.id or "")])
"""


def test_everything_else_loads_without_the_extra() -> None:
    environment = {**os.environ, **SET, "LLM_API_KEY": "sk", "DJANGO_SETTINGS_MODULE": "agentsite.settings"}

    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )

    assert done.stdout.split() == ["None", "runs.W021"], done.stderr

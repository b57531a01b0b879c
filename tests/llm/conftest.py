"""A model to ask, and the site told of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.llm.asked import ScriptedModel, scripted_models


@pytest.fixture(scope="session")
def model_process() -> Iterator[ScriptedModel]:
    with scripted_models() as model:
        yield model


@pytest.fixture
def model(model_process: ScriptedModel, settings: object) -> ScriptedModel:
    """The scripted model, configured, with nothing in its script."""
    model_process.plays({"act": "answer", "arguments": {}})
    settings.LLM = model_process.settings()  # type: ignore[attr-defined]
    return model_process

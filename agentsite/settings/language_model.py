"""The language model that agents may ask."""

from __future__ import annotations

from agentsite.language_models import LanguageModel, named_in
from agentsite.settings.environment import env

# None where none is configured: agents then say what they have not evaluated.
LLM = LanguageModel.read(env)
LLM_VARIABLES_SET = named_in(env)

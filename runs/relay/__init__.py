"""What stands between an agent and the language model: the supervisor's side of every question.

The agent's process reads hostile documents, so it holds neither the model's address nor its
key. It asks its supervisor, which alone sends (``endpoint``), counts and keeps the limits
(``spending``), and answers over the pipe (``relaying``).
"""

from runs.relay.relaying import Relay, can_ask, limits_asked, model_offer
from runs.relay.spending import Spending

__all__ = ["Relay", "Spending", "can_ask", "limits_asked", "model_offer"]

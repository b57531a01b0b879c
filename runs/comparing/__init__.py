"""Holding two runs of one agent against each other, value by value.

- ``comparison``: what a comparison is, and making one
- ``values``: when two values mean the same
- ``fields``: what a document extractor found
- ``findings``: how the rules of a policy ended
- ``trees``: any other JSON
- ``stability``: how often a value has changed from run to run of its document
"""

from runs.comparing.comparison import STATES, Comparison, Group, changed_rows, compare, earlier_run
from runs.comparing.rows import Row, Side, State

__all__ = ["STATES", "Comparison", "Group", "Row", "Side", "State", "changed_rows", "compare", "earlier_run"]

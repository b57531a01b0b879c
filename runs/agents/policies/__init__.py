"""Policies: what their rules may demand, and judging a document by them.

Nothing here knows runs, HTTP or where policies are kept; the ones that come with
AgentSite lie beside this file as YAML, one file for each, named after the policy.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from runs.agents.policies.changes import Changes, changes
from runs.agents.policies.findings import Evidence, Finding, Severity, Status, Verdict, counts, verdict
from runs.agents.policies.judging import judge, unjudged
from runs.agents.policies.questions import Ask, Question, Reply
from runs.agents.policies.rules import PolicyRules, Rule, parse_policy, policy_from
from runs.agents.policies.sentences import sentence
from runs.agents.policies.subject import Subject

__all__ = [
    "Ask",
    "Changes",
    "Evidence",
    "Finding",
    "PolicyRules",
    "Question",
    "Reply",
    "Rule",
    "Severity",
    "Status",
    "Subject",
    "Verdict",
    "bundled_policies",
    "changes",
    "counts",
    "judge",
    "parse_policy",
    "policy_from",
    "sentence",
    "unjudged",
    "verdict",
]


@cache
def bundled_policies() -> Mapping[str, str]:
    """Return the YAML text of every policy that comes with AgentSite, by name."""
    files = sorted(Path(__file__).parent.glob("*.yaml"))
    return MappingProxyType({file.stem: file.read_text(encoding="utf-8") for file in files})

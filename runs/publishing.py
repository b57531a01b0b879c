"""Publishing a policy past its golden documents: what would change for them needs an explicit yes."""

from __future__ import annotations

from typing import Final

from runs import audit, policies
from runs.agents.policies import PolicyRules, policy_from
from runs.errors import GoldensChanged
from runs.models import AgentRun, Policy, User
from runs.what_if import Outcome, changes_between

MOST_NAMED: Final = 5


def publish(
    source: str, *, by: User | None, note: str = "", based_on: int | None = None, accepts_changes: bool = False
) -> Policy:
    """Publish as ``policies.publish`` does, whose refusals it raises.

    Raises ``GoldensChanged`` where the text would change what a pinned check by the policy of this name
    has found, unless ``accepts_changes``: somebody has said yes to that.
    """
    rules = policies.check(source)
    if not accepts_changes:
        refuse_changes(rules)
    published = policies.publish(source, by=by, note=note, based_on=based_on)
    if accepts_changes:
        audit.record("policy.changes_accepted", actor=by, subject=published)
    return published


def refuse_changes(rules: PolicyRules) -> None:
    """Raise ``GoldensChanged`` where ``rules`` change a golden, or nobody can say whether they do."""
    outcome = changes_of_goldens(rules)
    if outcome is not None and (outcome.changed or outcome.without_facts or outcome.unjudged):
        raise GoldensChanged(_sentence(outcome))


def changes_of_goldens(rules: PolicyRules) -> Outcome | None:
    """What ``rules`` would change for pinned checks by the policy of its name; None where none is pinned.

    They are judged by the present version and by ``rules``, from the facts they have kept.
    """
    pinned = AgentRun.objects.filter(policy__name=rules.name, golden__isnull=False).select_related("user", "document")
    runs = list(pinned.defer("input", "output", "traceback").order_by("created_at"))
    if not runs:
        return None
    present = policy_from(policies.resolve(rules.name).given)
    return changes_between(present, rules, runs)


def _sentence(outcome: Outcome) -> str:
    total = outcome.judged + outcome.without_facts + outcome.unjudged
    said = []
    if outcome.changed:
        said.append(f"It changes {len(outcome.changed)} of {total} golden documents: {_named(outcome)}.")
    unknown = outcome.without_facts + outcome.unjudged
    if unknown:
        said.append(f"Of {unknown} of {total} golden documents it cannot be said, for want of facts or time.")
    return " ".join([*said, "An explicit yes publishes it all the same."])


def _named(outcome: Outcome) -> str:
    names = []
    for each in outcome.changed[:MOST_NAMED]:
        document = each.run.document.name if each.run.document else "the sample"
        rules = ", ".join(rule.rule for rule in each.rules[:MOST_NAMED])
        names.append(f"{document} ({each.before} → {each.after}; {rules})".replace("_", " "))
    more = len(outcome.changed) - MOST_NAMED
    return "; ".join(names) + (f"; and {more} more" if more > 0 else "")

"""The editor of policies as a form: what stands in it, and what is wrong with that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from django.http import QueryDict
from django.urls import reverse

from runs import policies
from runs.agents.policies import PolicyRules
from runs.errors import Fault, PolicyMovedOn, PolicyRefused
from runs.models import PolicyDraft

EXAMPLE_POLICY: Final = """\
name: my-policy
title: My policy
description: What it is for.
rules:
  - id: governing-law
    kind: require
    title: The governing law is named
    why: Two countries have two answers to the same question.
    remedy: Name the law that governs the contract.
    phrases: [governing law, governed by the laws of]
"""


@dataclass
class PolicyForm:
    """What stands in the editor. ``name``: the policy that is edited, empty for a new one."""

    name: str
    source: str
    note: str = ""
    based_on: int = 0
    document: str = ""
    faults: list[Fault] = field(default_factory=list)
    parsed: PolicyRules | None = None
    moved_on: PolicyMovedOn | None = None
    golden_refusal: str = ""
    draft: PolicyDraft | None = None
    is_unsent: bool = False
    trial_refusal: str = ""
    trial: dict[str, Any] | None = None

    @classmethod
    def sent(cls, name: str, post: QueryDict) -> PolicyForm:
        """The form as somebody has filled it in."""
        based_on = post.get("based_on", "")
        return cls(
            name,
            post.get("source", "").replace("\r\n", "\n"),
            post.get("note", ""),
            int(based_on) if based_on.isdecimal() and len(based_on) < 10 else 0,
            post.get("document", ""),
        )

    @classmethod
    def of_draft(cls, kept: PolicyDraft) -> PolicyForm:
        """The form as it was left."""
        return cls(kept.name, kept.source, kept.note, kept.based_on)

    @property
    def next_version(self) -> int:
        """Which version it would become, as far as is known."""
        return self.based_on + 1

    @property
    def address(self) -> str:
        """Where it is edited."""
        return reverse("policy_edit", args=[self.name]) if self.name else reverse("policy_new")

    def check(self) -> bool:
        """Find what is wrong with the text. Whether nothing is."""
        try:
            self.parsed = policies.check(self.source)
        except PolicyRefused as refusal:
            self.faults = refusal.faults
            return False
        if self.name and self.parsed.name != self.name:
            self.faults = [
                Fault(
                    None,
                    f"Here {self.name!r} is edited, but the text names {self.parsed.name!r}. "
                    "Give it its name again, or make a new policy of this text.",
                )
            ]
        return not self.faults

"""Small policies, documents and fields to hold against one another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from runs.agents.extraction import Field
from runs.agents.policies import Finding, Subject, judge, parse_policy
from runs.documents import Page, Reading

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "runs" / "agents" / "samples" / "service-agreement.pdf"
TODAY = date(2026, 3, 15)


def policy_text(*rules: str) -> str:
    """Write a policy around rules given as YAML mappings."""
    items = "".join("  - " + rule.strip().replace("\n", "\n    ") + "\n" for rule in rules)
    return f"name: drill\ntitle: Drill\nrules:\n{items}"


def reading(*pages: str, warnings: Sequence[str] = ()) -> Reading:
    return Reading("text/plain", [Page(number, text) for number, text in enumerate(pages, 1)], warnings=warnings)


def field(name: str, value: str, kind: str = "amount", **more: object) -> Field:
    facts = {"label": name, "normalised": value, "page": 1, "quote": f"{name}: {value}", "confidence": 0.9}
    return Field.model_validate({"name": name, "value": value, "type": kind, **facts, **more})


def judged(rule: str, document: Reading | str, fields: Sequence[Field] = ()) -> Finding:
    document = reading(document) if isinstance(document, str) else document
    parsed = parse_policy(policy_text(f"id: it\ntitle: It\n{rule.strip()}"))
    return judge(parsed.rules[0], Subject(document, today=TODAY, extract=lambda _: fields))


def status(rule: str, document: Reading | str, fields: Sequence[Field] = ()) -> str:
    return judged(rule, document, fields).status

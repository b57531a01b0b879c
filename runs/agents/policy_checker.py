"""The agent that holds a document against a policy, rule by rule."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, Field

from runs.agents.asking import asker
from runs.agents.base import (
    Agent,
    AgentInput,
    Answer,
    DocumentFile,
    DocumentReference,
    FatalError,
    PolicyReference,
    RunContext,
    reading_ends_at,
)
from runs.agents.kept_pages import KeptPages
from runs.agents.policies import (
    Finding,
    PolicyRules,
    Status,
    Subject,
    Verdict,
    bundled_policies,
    counts,
    judge,
    parse_policy,
    policy_from,
    unjudged,
    verdict,
)
from runs.agents.reading import read_document
from runs.documents import Reading
from runs.errors import PolicyRefused

READING_SHARE = 60
"""How much of the progress, in percent, reading the document is; judging is the rest."""

FRAME = "frame"
"""The part that holds what stands around the findings."""

RULE = "rule "
"""How the parts begin that hold a finding."""

BUNDLED_VERSION = 1
"""A bundled policy counts as the first version of its name: that is what an empty database is seeded with."""


class PolicyIdentity(BaseModel):
    """Which rules were applied."""

    name: str
    version: int
    title: str


class DocumentIdentity(BaseModel):
    """Which document was judged."""

    name: str
    media_type: str
    pages: int
    sha256: str


class CheckInput(AgentInput):
    """What to check, and by which rules."""

    document: DocumentReference | None = Field(
        default=None,
        title="Document",
        description="The contract or other document to check. Leave it out to try the agent on a sample contract.",
    )
    policy: PolicyReference = Field(
        default="contract-basics",
        title="Policy",
        description="The rules to check it by. Add @ and a number for an earlier version, as in contract-basics@1.",
    )


class CheckOutput(BaseModel):
    """The verdict, and for each rule how it ended and where that shows."""

    policy: PolicyIdentity
    document: DocumentIdentity
    verdict: Verdict = Field(
        description="Rejected when a mandatory rule failed; else needs_review when one needs review or was not "
        "evaluated; else approved."
    )
    judged_on: date = Field(description="The day that 'today' stood for, in UTC.")
    counts: dict[Status, int] = Field(description="How many rules ended each way.")
    findings: list[Finding]
    warnings: list[str]


class PolicyChecker(Agent[CheckInput, CheckOutput]):
    """Judges a document by every rule of a policy."""

    name: ClassVar[str] = "policy-checker"
    label: ClassVar[str] = "Policy checker"
    description: ClassVar[str] = (
        "Checks a document against a policy: what it must say, must not say, and which limits its dates and amounts "
        "keep. Every finding names the rule, the reason and the places in the document that show it."
    )
    version: ClassVar[str] = "1.1.0"
    icon: ClassVar[str] = "shield-check"
    sample: ClassVar[Path | None] = Path(__file__).parent / "samples" / "service-agreement.pdf"

    Input = CheckInput
    Output = CheckOutput

    def run(self, context: RunContext, input: CheckInput) -> Answer[CheckOutput]:
        """Read the document, judge it by each rule in turn, and sum up."""
        ends_at = reading_ends_at(context)
        policy, version = _policy(context, input)
        document = _document(context)
        reading = _reading(context, document)
        # Rules that are judged later are judged as of the same day.
        today = date.fromisoformat(context.kept[FRAME]["judged_on"]) if FRAME in context.kept else _today()
        output = CheckOutput(
            policy=PolicyIdentity(name=policy.name, version=version, title=policy.title),
            document=DocumentIdentity(
                name=document.name,
                media_type=reading.media_type,
                pages=len(reading.pages),
                sha256=document.sha256,
            ),
            verdict="needs_review",
            judged_on=today,
            counts={},
            findings=[unjudged(rule, "The run ended before this rule was judged.") for rule in policy.rules],
            warnings=list(reading.warnings),
        )
        _keep_frame(context, output)
        subject = Subject(reading, today=today, ask=asker(context.llm))
        output = _with_findings(output, _judged(context, policy, subject))
        result = "approved" if output.verdict == "approved" else "rejected"
        return Answer(result, output, _summary(output), _facts(context, policy, subject, ends_at))

    def partial(self, kept: Mapping[str, Any]) -> CheckOutput | None:
        """Give the findings there are; rules that were not reached are not evaluated."""
        if FRAME not in kept:
            return None
        frame = CheckOutput.model_validate(kept[FRAME])
        reached = {name: Finding.model_validate(value) for name, value in kept.items() if name.startswith(RULE)}
        return _with_findings(frame, [reached.get(_part(each.rule), each) for each in frame.findings])


def _facts(context: RunContext, policy: PolicyRules, subject: Subject, ends_at: float) -> dict[str, Any] | None:
    """What was read, for other rules; None where it is not all known, or there is no time to gather it.

    A rule that was judged before this attempt may have had an answer of a model's that is gone.
    """
    asked_before = any(rule.kind == "ask" and _part(rule.id) in context.kept for rule in policy.rules)
    if asked_before or time.time() > ends_at:
        return None
    try:
        return subject.facts()
    except Exception as fault:  # The rules have been judged, and that is what the run was for.
        context.log(f"What was read is not kept for other rules ({type(fault).__name__}).", "warning")
        return None


def _today() -> date:
    return datetime.now(UTC).date()


def _part(rule: str) -> str:
    return f"{RULE}{rule}"


def _keep_frame(context: RunContext, output: CheckOutput) -> None:
    """Have what stands around the findings kept, with every rule as not evaluated yet."""
    if FRAME not in context.kept:
        context.keep(FRAME, output.model_dump(mode="json"), done=0, total=len(output.findings), unit="rules")


def _with_findings(output: CheckOutput, findings: list[Finding]) -> CheckOutput:
    told = {"findings": findings, "counts": counts(findings), "verdict": verdict(findings)}
    return output.model_copy(update=told)


def _policy(context: RunContext, input: CheckInput) -> tuple[PolicyRules, int]:
    """Return the rules to apply: the caller's, else the bundled ones of that name."""
    try:
        if context.policy is not None:
            return policy_from(context.policy), int(context.policy["version"])
        text = bundled_policies().get(input.policy.removesuffix(f"@{BUNDLED_VERSION}"))
        if text is None:
            raise FatalError(f"There is no policy named {input.policy!r}.")
        return parse_policy(text), BUNDLED_VERSION
    except PolicyRefused as refusal:
        raise FatalError(f"The policy can not be used. {refusal.sentence}") from refusal


def _document(context: RunContext) -> DocumentFile:
    if context.document is None:
        raise FatalError("There is no document to check.")
    return context.document


def _reading(context: RunContext, document: DocumentFile) -> Reading:
    def report(done: int, total: int) -> None:
        _stop_if_cancelled(context)
        context.progress(READING_SHARE * done / max(total, 1), 100)

    context.step(f"Reading {document.name}")
    reading = read_document(context, document, progress=report, keeper=KeptPages(context, document))
    for warning in reading.warnings:
        context.log(warning, "warning")
    return reading


def _judged(context: RunContext, policy: PolicyRules, subject: Subject) -> list[Finding]:
    findings = []
    count = len(policy.rules)
    for number, rule in enumerate(policy.rules, start=1):
        _stop_if_cancelled(context)
        part = _part(rule.id)
        if part in context.kept:
            findings.append(Finding.model_validate(context.kept[part]))
            continue
        context.step(f"Rule {number} of {count}: {rule.title}")
        finding = judge(rule, subject)
        findings.append(finding)
        context.keep(part, finding.model_dump(mode="json"), done=number, total=count, unit="rules")
        context.log(f"{rule.id}: {finding.status.replace('_', ' ')}. {finding.explanation}", _level(finding))
        context.progress(READING_SHARE + (100 - READING_SHARE) * number / count, 100)
    return findings


def _stop_if_cancelled(context: RunContext) -> None:
    # Half a verdict is none: nothing is answered. What was judged is kept.
    if context.cancelled:
        raise FatalError("Stopped on request before every rule was judged.")


def _level(finding: Finding) -> Literal["info", "warning"]:
    return "warning" if finding.status in ("fail", "needs_review", "not_evaluated") else "info"


def _summary(output: CheckOutput) -> str:
    """Say the outcome in a few words: what failed, else what is open, else that all passed."""
    count, ended = len(output.findings), output.counts
    parts = []
    if ended["fail"]:
        advisory = output.verdict == "approved"
        parts.append(f"{ended['fail']} of {_rules(count)} failed{' (advisory)' if advisory else ''}")
    if ended["needs_review"]:
        parts.append(f"{ended['needs_review']} {'need' if ended['needs_review'] > 1 else 'needs'} review")
    if ended["not_evaluated"]:
        parts.append(f"{ended['not_evaluated']} not evaluated")
    if parts:
        return ", ".join(parts)
    if not ended["not_applicable"]:
        return f"All {_rules(count)} passed" if count > 1 else "The one rule passed"
    return f"{ended['pass']} of {_rules(count)} passed, {ended['not_applicable']} not applicable"


def _rules(count: int) -> str:
    return f"{count} rule{'s' if count > 1 else ''}"

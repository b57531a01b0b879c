"""What a policy would have said of the last runs, from what they have read: nothing is read or asked again.

The facts are judged in a process of its own, within limits; they are never unpacked here. What comes of it
names rules and verdicts, and nothing of what a document says.
"""

from __future__ import annotations

import base64
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any, Final

from django.conf import settings
from pydantic import BaseModel, Field, ValidationError

from runs.agents.policies import PolicyRules, Status, Verdict
from runs.agents.policies.rejudging import LARGEST_OUTPUT
from runs.agents.policy_checker import PolicyChecker
from runs.errors import PolicyTrialFailed
from runs.models import AgentRun, RunFacts
from runs.models import Status as RunStatus

MOST_RUNS: Final = 500
MOST_BYTES: Final = 512 * 1024 * 1024
"""Of packed facts that one question writes down; runs beyond count as not judged."""
SECONDS: Final = 20
"""While a web server's thread waits."""
PATIENCE_SECONDS: Final = 5
# A question takes a processor for as long as it lasts.
MOST_AT_ONCE: Final = threading.BoundedSemaphore(1)


class Judged(BaseModel):
    """What the process says of a run. Believed only in this form."""

    key: str = Field(max_length=40)
    verdict: Verdict
    ends: dict[str, Status] = Field(max_length=500)


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule that ends otherwise. None: the rule is not there."""

    rule: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class ChangedRun:
    """A run whose verdict, or one of whose rules, would be another."""

    run: AgentRun
    before: str
    after: str
    rules: list[RuleChange]

    @property
    def is_verdict(self) -> bool:
        return self.before != self.after


@dataclass(slots=True)
class Outcome:
    """The answer. ``without_facts``: runs that keep none; ``unjudged``: the time or their facts did not suffice."""

    policy: PolicyRules
    judged: int = 0
    without_facts: int = 0
    unjudged: int = 0
    changed: list[ChangedRun] = field(default_factory=list)

    @property
    def verdicts_changed(self) -> int:
        return sum(1 for each in self.changed if each.is_verdict)

    @property
    def sentence(self) -> str:
        """The whole in one line."""
        said = f"{self.verdicts_changed} of {self.judged} verdict{'' if self.judged == 1 else 's'} would change."
        if self.without_facts:
            said += f" {self.without_facts} run{'s keep' if self.without_facts > 1 else ' keeps'} no facts."
        if self.unjudged:
            said += f" {self.unjudged} could not be judged."
        return said


def what_if(policy: PolicyRules, *, last: int = 100, seconds: int = SECONDS) -> Outcome:
    """Hold the last completed checks by the policy of this name, 500 at most, against ``policy``.

    Each is judged as of its own day. Raises ``PolicyTrialFailed`` while others ask.
    """
    runs = list(_runs(policy.name, min(max(last, 1), MOST_RUNS)))
    with _a_turn():
        kept, answers = _answers(policy, runs, seconds)
        return _compared(policy, runs, kept, answers, {str(run.pk): _found(run) for run in runs})


def changes_between(present: PolicyRules, policy: PolicyRules, runs: list[AgentRun]) -> Outcome:
    """What ``policy`` would find otherwise than ``present`` in ``runs``. Raises ``PolicyTrialFailed``."""
    with _a_turn():
        kept, before = _answers(present, runs, SECONDS // 2)
        _, answers = _answers(policy, runs, SECONDS // 2)
    return _compared(policy, runs, kept, {key: answers[key] for key in answers if key in before}, before)


@contextmanager
def _a_turn() -> Iterator[None]:
    if not MOST_AT_ONCE.acquire(timeout=PATIENCE_SECONDS):
        raise PolicyTrialFailed("Somebody else asks what a policy would change at the moment. Please try again.")
    try:
        yield
    finally:
        MOST_AT_ONCE.release()


def _runs(name: str, last: int) -> Iterator[AgentRun]:
    checks = AgentRun.objects.filter(agent=PolicyChecker.name, status=RunStatus.COMPLETED, policy__name=name)
    named = checks.select_related("user", "document").only(
        "agent", "status", "created_at", "user__username", "document__name", "output"
    )
    yield from named.order_by("-created_at", "-id")[:last]


def _answers(policy: PolicyRules, runs: list[AgentRun], seconds: int) -> tuple[set[str], dict[str, Judged]]:
    """Which of ``runs`` keep facts, and what those are judged to be."""
    with tempfile.TemporaryFile("w+b") as given, tempfile.TemporaryFile("w+b") as said:
        kept = _write(policy, runs, given)
        _judge(given, said, seconds)
        return kept, dict(_read(said))


def _compared(
    policy: PolicyRules,
    runs: list[AgentRun],
    kept: set[str],
    answers: Mapping[str, Judged],
    before: Mapping[str, Judged],
) -> Outcome:
    outcome = Outcome(policy)
    for run in runs:
        key = str(run.pk)
        if key in answers:
            outcome.judged += 1
            _compare(outcome, run, before[key], answers[key])
        elif key in kept:
            outcome.unjudged += 1
        else:
            outcome.without_facts += 1
    return outcome


def _write(policy: PolicyRules, runs: list[AgentRun], given: IO[bytes]) -> set[str]:
    """Write down what is to be judged, as far as there is room; which of ``runs`` keep facts."""
    given.write(policy.model_dump_json().encode() + b"\n")
    kept = set()
    for run in runs:
        packed = RunFacts.objects.filter(pk=run.pk).values_list("packed", flat=True).first()
        if packed is None:
            continue
        kept.add(str(run.pk))
        if given.tell() < MOST_BYTES:
            given.write(str(run.pk).encode() + b" " + base64.b64encode(bytes(packed)) + b"\n")
    given.seek(0)
    return kept


def _judge(given: IO[bytes], said: IO[bytes], seconds: int) -> None:
    command = [sys.executable, "-m", "runs.agents.policies.rejudging", str(seconds)]
    try:
        # Nothing of the environment: there is no secret for a document to learn.
        subprocess.run(  # nosec B603
            command, cwd=settings.BASE_DIR, env={}, stdin=given, stdout=said, stderr=subprocess.DEVNULL,
            timeout=seconds + 4, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return  # What it has said until then counts.


def _read(said: IO[bytes]) -> Iterator[tuple[str, Judged]]:
    said.seek(0)
    for line in said.read(LARGEST_OUTPUT).splitlines():
        try:
            judged = Judged.model_validate_json(line)
        except (ValidationError, ValueError):
            continue
        yield judged.key, judged


def _found(run: AgentRun) -> Judged:
    """What the run itself has found."""
    output: Mapping[str, Any] = run.output or {}
    ends = {each["rule"]: each["status"] for each in output.get("findings", [])}
    return Judged.model_construct(key=str(run.pk), verdict=output.get("verdict"), ends=ends)


def _compare(outcome: Outcome, run: AgentRun, then: Judged, now: Judged) -> None:
    rules = [
        RuleChange(rule, then.ends.get(rule), now.ends.get(rule))
        for rule in dict.fromkeys([*then.ends, *now.ends])
        if then.ends.get(rule) != now.ends.get(rule)
    ]
    if rules or then.verdict != now.verdict:
        outcome.changed.append(ChangedRun(run, str(then.verdict), now.verdict, rules))

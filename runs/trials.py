"""Putting an agent through the contract: what it declares, and how it behaves in a process of its own.

Nothing is stored and no run comes of it; the processes, their limits and what is heard of
them are those of real attempts.
"""

from __future__ import annotations

import multiprocessing.connection
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from runs import documents, policies, processes
from runs.agents.base import Agent, DocumentFile, UnreadableDocument
from runs.agents.child import Order
from runs.agents.contract import faults_of
from runs.inputs import fields_of_format
from runs.lifecycle.attempts import MOST_LINES
from runs.reports import AgentReport, ReportReader
from runs.storable import storable_json

LONGEST_SENTENCE: Final = 200
"""Characters of a result, a summary or a step: what a run keeps of them."""
NEVER_READ: Final = {
    "an empty file": b"",
    "a file of no kind": bytes(range(256)) * 8,
    "half a PDF": b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Kids [3 0 R",
    "a text of blanks": b" \n" * 100,
}
"""Documents no agent can make anything of."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One promise of the contract, and in what it is broken."""

    promise: str
    faults: Sequence[str] = ()

    @property
    def is_kept(self) -> bool:
        return not self.faults


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a process has said and how it ended. ``seconds`` by the wall."""

    report: AgentReport
    steps: Sequence[str]
    seconds: float
    was_stopped: bool = False
    was_killed: bool = False


@dataclass(slots=True)
class Trial:
    """An agent with the input and the document it is tried on."""

    agent: Agent[Any, Any]
    input: Mapping[str, Any] = field(default_factory=dict)
    document: Path | None = None

    def outcomes(self) -> Iterator[Outcome]:
        """Try one promise after the other. An agent that declares what cannot be is not started."""
        declared = Outcome("declares what the site needs", faults_of(self.agent))
        yield declared
        if not declared.is_kept:
            return
        behaviour = self._behave(self.document)
        yield Outcome("answers, in the shape it declares", _faults_of_answer(self.agent, behaviour))
        yield Outcome("tells those who watch what it does", _faults_of_steps(behaviour))
        if behaviour.report.ending and (path := self.document or self.agent.sample):
            evidence = _faults_of_evidence(behaviour.report.ending.get("output", {}), path)
            yield Outcome("points at places that are there", evidence)
        yield Outcome("ends when it is asked to", self._faults_of_stopping())
        if fields_of_format(self.agent, "document"):
            for name, content in NEVER_READ.items():
                yield Outcome(f"refuses {name} in a sentence", self._faults_of_refusing(content))

    def _faults_of_stopping(self) -> list[str]:
        behaviour = self._behave(self.document, stop_at_first_sign=True)
        if behaviour.was_killed:
            return [f"It went on for {settings.STOP_GRACE_SECONDS:g} s after it was asked to stop, and was killed."]
        return []

    def _faults_of_refusing(self, content: bytes) -> list[str]:
        with tempfile.TemporaryDirectory(prefix="trial-") as folder:
            path = Path(folder) / "document.pdf"
            path.write_bytes(content)
            ending = self._behave(path).report.ending
        if ending is None:
            return ["It ended without a word."]
        if ending["kind"] == "answer":
            return ["It answered all the same."]
        if ending["code"] != "invalid_input":
            return [f"It ended as {ending['code']}, not as invalid_input: {ending['error']}"]
        return _faults_of_sentence("refusal", ending["error"])

    def _behave(self, path: Path | None, *, stop_at_first_sign: bool = False) -> Behaviour:
        input = self.agent.Input.model_validate(self.input).model_dump(mode="json")
        document = DocumentFile.at(path, settings.DOCUMENT_PAGE_LIMIT) if path else None
        return _behave(_order(self.agent, input, document, self._policy()), stop_at_first_sign=stop_at_first_sign)

    def _policy(self) -> Mapping[str, Any] | None:
        """The policy the input asks for, as a worker gives it."""
        values = self.agent.Input.model_validate(self.input).model_dump(mode="json")
        for name in fields_of_format(self.agent, "policy"):
            if values[name] is not None:
                return policies.resolve(values[name]).given
        return None


def answered(
    agent: Agent[Any, Any], input: Mapping[str, Any], document: DocumentFile | None, policy: Mapping[str, Any] | None
) -> tuple[Any, str]:
    """What ``agent`` answers to an input, as JSON; else nothing, and the sentence that says why."""
    behaviour = _behave(_order(agent, input, document, policy))
    faults = _faults_of_answer(agent, behaviour)
    ending = behaviour.report.ending
    return (None, faults[0]) if faults or ending is None else (ending["output"], "")


def _order(
    agent: Agent[Any, Any], input: Mapping[str, Any], document: DocumentFile | None, policy: Mapping[str, Any] | None
) -> Order:
    seconds = agent.limits.run_seconds or settings.LOCK_TIMEOUT_DURATION
    return Order(
        agent=agent.name,
        input=input,
        attempt=1,
        deadline=time.time() + seconds,
        memory_mb=agent.limits.memory_mb,
        cpu_seconds=int(seconds) + 60,
        document=document,
        policy=policy,
    )


def _behave(order: Order, *, stop_at_first_sign: bool = False) -> Behaviour:
    began, seconds = time.monotonic(), order.deadline - time.time()
    process = processes.begin(order)
    report = AgentReport()
    reader = ReportReader(process.pipe, report)
    until, was_stopped = began + seconds, False
    try:
        while time.monotonic() < until:
            multiprocessing.connection.wait([process.pipe, process.sentinel], max(until - time.monotonic(), 0))
            is_over = not process.is_alive
            reader.read(to_the_end=is_over)
            if is_over or report.ending is not None or report.fault:
                break
            if stop_at_first_sign and not was_stopped and report.news:
                process.signal(signal.SIGTERM)
                until, was_stopped = time.monotonic() + settings.STOP_GRACE_SECONDS, True
        else:
            return Behaviour(report, _steps(report), time.monotonic() - began, was_stopped, was_killed=True)
    finally:
        process.end()
    return Behaviour(report, _steps(report), time.monotonic() - began, was_stopped)


def _steps(report: AgentReport) -> list[str]:
    return [line.text for line in report.news.lines if line.level == "step"]


def _faults_of_answer(agent: Agent[Any, Any], behaviour: Behaviour) -> list[str]:
    ending = behaviour.report.ending
    if behaviour.was_killed:
        return [f"It had not ended after {behaviour.seconds:.0f} s."]
    if ending is None:
        return [behaviour.report.fault or "It ended without a word."]
    if ending["kind"] == "failure":
        return [f"It ended as {ending['code']}: {ending['error']}"]
    faults = [*_faults_of_sentence("result", ending["result"])]
    if ending["summary"]:
        faults += _faults_of_sentence("summary", ending["summary"])
    try:
        again = agent.Output.model_validate(ending["output"]).model_dump(mode="json")
        if again != ending["output"]:
            faults.append("Its output is another one after it was read again by its Output.")
        if storable_json(ending["output"]) != ending["output"]:
            faults.append("Its output holds characters the database refuses; they will be replaced.")
    except ValueError as error:
        faults.append(f"Its output does not fit its Output: {error}")
    return faults


def _faults_of_sentence(name: str, text: str) -> list[str]:
    if not text.strip():
        return [f"Its {name} is empty."]
    if "\n" in text or len(text) > LONGEST_SENTENCE:
        return [f"Its {name} must be one line of at most {LONGEST_SENTENCE} characters."]
    return []


def _faults_of_steps(behaviour: Behaviour) -> list[str]:
    faults = [] if behaviour.steps else ["It never says by context.step what it is doing."]
    if any(len(step) > LONGEST_SENTENCE for step in behaviour.steps):
        faults.append(f"A step has more than {LONGEST_SENTENCE} characters; it will be cut.")
    if behaviour.report.line_count > MOST_LINES:
        faults.append(f"It says {behaviour.report.line_count:,} lines, of which {MOST_LINES:,} are kept.")
    return faults


def _faults_of_evidence(output: Mapping[str, Any], path: Path) -> list[str]:
    """Find every quote again that is said to have been found, without asking the agent."""
    shown = [*output.get("fields", ())] if isinstance(output.get("fields"), list) else []
    if isinstance(output.get("findings"), list):
        shown += [place for finding in output["findings"] for place in finding.get("evidence", ())]
    shown = [one for one in shown if isinstance(one, Mapping) and {"page", "quote"} <= one.keys()]
    if not shown:
        return []
    try:
        pages = {page.number: page for page in documents.read(path).pages}
    except UnreadableDocument as error:
        return [f"It points into a document that cannot be read: {error}"]
    faults = []
    for one in shown:
        page = pages.get(one["page"])
        if page is None:
            faults.append(f"It points at page {one['page']}, which is not there.")
        elif one.get("grounding", "verified") == "verified" and documents.find_quote(page, one["quote"]) is None:
            faults.append(f"A quote it calls verified is not on page {page.number}: “{one['quote'][:60]}”.")
    return faults

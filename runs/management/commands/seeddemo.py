"""``manage.py seeddemo``: a site to look at, with users, documents and runs in every status.

What the runs found is real: the agents work on their samples, here and now. Every
status is reached through the verbs of ``lifecycle``; only the clock is set back, so
that there is a history.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from runs import agents, lifecycle, queue, uploads
from runs.agents.base import Agent, Answer, DocumentFile, LanguageModel, Level
from runs.documents import sniff
from runs.lifecycle import Attempt, Line
from runs.lifecycle.attempts import LineLevel
from runs.models import AgentRun, ErrorCode, EventKind, Policy, RunEvent, Status, Trigger, User
from runs.terminal.asking import ExitCode, refusals

USERNAMES = ("demo-ada", "demo-ben", "demo-cleo")
WORKER = "demo:1"
LONGEST_REHEARSAL = 90


class Command(BaseCommand):
    """Seeds once: what is there is left as it is."""

    help = "Fills an empty site with demo users, documents and runs. Does nothing where they are already there."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--force", action="store_true", help="Also where real users have runs.")

    def handle(self, *args: Any, **options: Any) -> None:
        is_used = AgentRun.objects.exclude(user__username__in=USERNAMES).exists()
        if is_used and not options["force"]:
            sentence = "There are runs of real users here; add --force to put demo data beside them."
            raise CommandError(sentence, returncode=ExitCode.REFUSED)
        with refusals(), transaction.atomic():
            # In one transaction, so that no worker takes up what is acted out here.
            self._seed()

    def _seed(self) -> None:
        users = [self._user(name) for name in USERNAMES]
        if AgentRun.objects.filter(user__in=users).exists():
            self.stdout.write("The demo runs are already there.")
            return
        for scene in SCENES:
            scene(*users)
        count = AgentRun.objects.filter(user__in=users).count()
        self.stdout.write(f"Made {count} runs of {len(users)} users.")

    def _user(self, name: str) -> User:
        user = User.objects.filter(username=name).first()
        if user is None:
            password = secrets.token_urlsafe(12)
            user = User.objects.create_user(name, password=password)
            self.stdout.write(f"User {name}, password {password}")
        return user


# --- What is shown -----------------------------------------------------------------------


def extraction_completes(ada: User, ben: User, cleo: User) -> None:
    for user, days in ((ada, 6), (ben, 3), (cleo, 1)):
        run = _carried_out(user, "document-extractor", with_document=True)
        _set_back(run, timedelta(days=days), took=timedelta(seconds=4))


def policy_is_checked(ada: User, ben: User, cleo: User) -> None:
    first = _carried_out(ada, "policy-checker", with_document=True)
    _set_back(first, timedelta(days=2), took=timedelta(seconds=3))
    again = _carry_out(lifecycle.rerun(first, by=ada))
    _set_back(again, timedelta(hours=30), took=timedelta(seconds=3))
    _set_back(_carried_out(cleo, "policy-checker"), timedelta(hours=5), took=timedelta(seconds=2))


def flaking_succeeds_on_the_second_try(ada: User, ben: User, cleo: User) -> None:
    run = _triggered(ben, "rehearsal", {"act": "flake", "seconds": 0})
    lifecycle.fail(_started(run), ErrorCode.AGENT_ERROR, "It did not work this time.")
    AgentRun.objects.filter(pk=run.pk).update(due_at=datetime.now(UTC))
    _set_back(_carry_out(run), timedelta(hours=20), took=timedelta(seconds=9))


def runs_fail(ada: User, ben: User, cleo: User) -> None:
    endings = (
        (ada, ErrorCode.INVALID_INPUT, "The document is encrypted; remove its password and upload it again."),
        (ben, ErrorCode.TIMED_OUT, "Agent run timed out"),
        (cleo, ErrorCode.OUT_OF_MEMORY, "The agent needed more than 256 MB of memory."),
    )
    for hours, (user, code, sentence) in enumerate(endings, start=9):
        attempt = _started(_triggered(user, "rehearsal", {"seconds": 20}))
        lifecycle.progress(
            attempt, percent=40, lines=[_line("step", "Step 2 of 5"), _line("info", "Working on step 2")]
        )
        run = lifecycle.fail(attempt, code, sentence)
        _set_back(run, timedelta(hours=hours), took=timedelta(seconds=20))


def runs_are_cancelled(ada: User, ben: User, cleo: User) -> None:
    unstarted = lifecycle.cancel(_triggered(ben, "document-extractor", {}), by=ben, reason="the wrong document")
    _set_back(unstarted, timedelta(hours=7), took=timedelta(seconds=2))
    attempt = _started(_triggered(cleo, "rehearsal", {"act": "deafen"}))
    lifecycle.progress(attempt, percent=60, lines=[_line("step", "Step 3 of 5")])
    run = AgentRun.objects.get(pk=attempt.run_id)
    lifecycle.cancel(run, by=cleo, reason="no longer needed")
    _set_back(
        lifecycle.force_stop(run, by=cleo, reason="does not listen"), timedelta(hours=4), took=timedelta(minutes=1)
    )


def runs_are_active(ada: User, ben: User, cleo: User) -> None:
    """One runs with another behind it, one is pending: left to the workers, where there are any."""
    run = lifecycle.trigger(ada, "rehearsal", {"seconds": LONGEST_REHEARSAL, "steps": 30})
    lifecycle.trigger(ada, "document-extractor", {}, on_conflict="wait")
    if not queue.is_anyone_listening():
        attempt = _started(run)
        lifecycle.progress(
            attempt, percent=43, lines=[_line("step", "Step 13 of 30"), _line("info", "Working on step 13")]
        )
    lifecycle.trigger(ben, "document-extractor", {}, trigger=Trigger.COMMAND)


SCENES: tuple[Callable[[User, User, User], None], ...] = (
    extraction_completes,
    policy_is_checked,
    flaking_succeeds_on_the_second_try,
    runs_fail,
    runs_are_cancelled,
    runs_are_active,
)


# --- How it is made ------------------------------------------------------------------------


@dataclass
class Recording:
    """An agent's ``RunContext`` that keeps what is said, for the run's history."""

    document: DocumentFile | None
    policy: Mapping[str, Any] | None
    attempt: int = 1
    deadline: float = field(default_factory=lambda: time.time() + LONGEST_REHEARSAL)
    cancelled: bool = False
    request_id: str = ""
    kept: Mapping[str, Any] = field(default_factory=dict)
    llm: LanguageModel | None = None
    lines: list[Line] = field(default_factory=list)

    def step(self, text: str) -> None:
        self.lines.append(_line("step", text))

    def progress(self, done: float, total: float) -> None:
        """Only the end is shown, and that is full."""

    def log(self, text: str, level: Level = "info") -> None:
        self.lines.append(_line(level, text))

    def keep(self, part: str, value: Any, *, done: int = 0, total: int = 0, unit: str = "") -> None:
        """What is acted out here comes to its end."""


def _carried_out(user: User, name: str, *, with_document: bool = False) -> AgentRun:
    """A completed run on the agent's sample, as the user's own document or as the sample it is."""
    sample = agents.get(name).sample
    return _carry_out(_triggered(user, name, {"document": _kept(sample, user)} if with_document and sample else {}))


def _carry_out(run: AgentRun) -> AgentRun:
    """Have the agent do its work here, and write down what it says and finds."""
    attempt = _started(run)
    agent: Agent[Any, Any] = agents.get(run.agent)
    context = Recording(_sample_of(agent), _as_agents_see(run.policy), attempt.number)
    answer: Answer[Any] = agent.run(context, agent.Input.model_validate(run.input))
    lifecycle.progress(attempt, percent=100, lines=context.lines)
    return lifecycle.complete(attempt, answer.result, answer.output.model_dump(mode="json"), answer.summary)


def _triggered(user: User, agent: str, input: Mapping[str, Any]) -> AgentRun:
    return lifecycle.trigger(user, agent, input)


def _started(run: AgentRun) -> Attempt:
    queue.withdraw(AgentRun.objects.values_list("queue_row", flat=True).get(pk=run.pk))
    attempt = lifecycle.start(run.pk, WORKER)
    assert attempt is not None
    return attempt


def _kept(sample: Path, user: User) -> str:
    with sample.open("rb") as content:
        return str(uploads.keep(File(content), user, name=sample.name).pk)


def _sample_of(agent: Agent[Any, Any]) -> DocumentFile | None:
    path = agent.sample
    if path is None:
        return None
    content = path.read_bytes()
    return DocumentFile(path, path.name, sniff(path), len(content), hashlib.sha256(content).hexdigest())


def _as_agents_see(policy: Policy | None) -> dict[str, Any] | None:
    if policy is None:
        return None
    return {"name": policy.name, "version": policy.version, "title": policy.title, "rules": policy.rules}


def _line(level: LineLevel, text: str) -> Line:
    return Line(datetime.now(UTC), level, text)


def _set_back(run: AgentRun, ago: timedelta, *, took: timedelta) -> None:
    """Let the ended run have ended ``ago``, its events spread over the time it ``took``."""
    assert run.status not in (Status.WAITING, Status.PENDING, Status.RUNNING)
    ended_at = datetime.now(UTC) - ago
    events = list(run.events.order_by("id"))
    for number, event in enumerate(events):
        event.at = ended_at - took * (1 - number / max(len(events) - 1, 1))
    RunEvent.objects.bulk_update(events, ["at"])
    started = [event.at for event in events if event.kind == EventKind.STARTED]
    AgentRun.objects.filter(pk=run.pk).update(
        created_at=ended_at - took, started_at=started[-1] if started else None, completed_at=ended_at
    )

"""What an agent's process says, as the supervisor understands it.

The other end of ``runs.agents.child``: lines of JSON from a process that may be broken
or hostile. Reading never blocks, holds a bounded amount, and believes no shape.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from typing import Any, get_args

import structlog

from runs.kept_parts import KeptParts
from runs.lifecycle import Line
from runs.lifecycle.attempts import LONGEST_LINE, MOST_LINES, LineLevel
from runs.models import ErrorCode

logger = structlog.stdlib.get_logger(__name__)

LEVELS = get_args(LineLevel)
LARGEST_MESSAGE = 32 * 1024 * 1024
# Read before the supervisor looks at anything else: a flood of lines must not keep it from its clocks.
MOST_AT_ONCE = 1024 * 1024
CODES_OF_AGENTS = frozenset(
    {ErrorCode.AGENT_ERROR, ErrorCode.INVALID_INPUT, ErrorCode.OUT_OF_MEMORY, ErrorCode.RESULT_UNSTORABLE}
)


@dataclass(slots=True)
class News:
    """What has been reported and not yet written."""

    percent: int | None = None
    lines: list[Line] = field(default_factory=list)

    def __bool__(self) -> bool:
        return self.percent is not None or bool(self.lines)


@dataclass(slots=True)
class AgentReport:
    """All that a process has said. ``ending`` is its answer or failure, with checked types.

    ``fault`` is the sentence for a process that does not keep to the form.
    """

    ending: dict[str, Any] | None = None
    fault: str = ""
    line_count: int = 0
    is_reading: bool = False
    """Whether a document is being read, as far as it has said."""
    news: News = field(default_factory=News)
    parts: KeptParts = field(default_factory=KeptParts)
    questions: list[dict[str, Any]] = field(default_factory=list)
    """For the language model; ``take_questions`` hands them on."""

    def forget_news(self) -> None:
        """The news has been written down."""
        self.news = News()

    def take_questions(self) -> list[dict[str, Any]]:
        """What is to be asked of the language model, once."""
        questions, self.questions = self.questions, []
        return questions

    def hear(self, message: Any) -> None:
        """Take in one message. What has the wrong shape is logged and left."""
        match message:
            case {"kind": "line", "at": float(at), "level": str(level), "text": str(text)} if level in LEVELS:
                self._hear_line(at, level, text)  # type: ignore[arg-type]
            case {"kind": "reading", "is_on": bool(is_on)}:
                self.is_reading = is_on
            case {"kind": "progress", "percent": int(percent)}:
                self.news.percent = percent
            case {
                "kind": "kept", "part": str(name), "value": value, "done": int(done), "total": int(total),
                "unit": str(of),
            }:  # fmt: skip
                if fault := self.parts.hear(name, value, done, total, of):
                    self._hear_line(time.time(), "warning", fault)
            case {"kind": "ask", "id": int(), "prompt": str(), "seconds": float(), "body": dict()}:
                # One at a time is answered: a flood of them is none of the supervisor's.
                self.questions = [*self.questions[-1:], message]
            case {"kind": "answer", "result": str(), "output": dict(), "summary": str()}:
                self.ending = message
            case {
                "kind": "failure", "code": str(code), "error": str(), "traceback": str(), "is_retryable": bool(),
            } if code in CODES_OF_AGENTS:  # fmt: skip
                self.ending = message
            case _:
                logger.warning("agents_message_unknown")

    def _hear_line(self, at: float, level: LineLevel, text: str) -> None:
        self.line_count += 1
        if self.line_count <= MOST_LINES:  # lifecycle keeps no more, so they need not be carried there
            self.news.lines.append(Line(datetime.fromtimestamp(at, UTC), level, text[: LONGEST_LINE + 1]))


class ReportReader:
    """Reads a process's pipe into a report, as far as there is something to read."""

    def __init__(self, pipe: Connection, report: AgentReport) -> None:
        self.pipe = pipe
        self.report = report
        self._unfinished = bytearray()
        os.set_blocking(pipe.fileno(), False)

    def read(self, *, to_the_end: bool = False) -> None:
        """Take in what has arrived; ``to_the_end`` all of it, for a process that has ended."""
        taken = 0
        while to_the_end or taken < MOST_AT_ONCE:
            try:
                chunk = os.read(self.pipe.fileno(), 64 * 1024)
            except BlockingIOError:
                return
            if not chunk:
                return
            taken += len(chunk)
            self._take(chunk)

    def _take(self, chunk: bytes) -> None:
        *lines, rest = chunk.split(b"\n")
        for line in lines:
            self._hear(bytes(self._unfinished + line))
            self._unfinished.clear()
        self._unfinished += rest
        if len(self._unfinished) > LARGEST_MESSAGE:
            self._unfinished.clear()
            self.report.fault = f"The agent's result is larger than {LARGEST_MESSAGE // 1024 // 1024} MB."

    def _hear(self, line: bytes) -> None:
        try:
            self.report.hear(json.loads(line))
        except (ValueError, RecursionError, OverflowError, OSError):
            logger.warning("agents_line_unreadable")

"""What a broken or hostile agent process may say, and what is believed of it."""

from __future__ import annotations

import json
import multiprocessing
import os
import threading
from typing import Any

import pytest

from runs.lifecycle.attempts import LONGEST_LINE, MOST_LINES
from runs.reports import LARGEST_MESSAGE, AgentReport, ReportReader

ANSWER = {"kind": "answer", "result": "done", "output": {"a": 1}, "summary": ""}
FAILURE = {"kind": "failure", "code": "agent_error", "error": "No.", "traceback": "", "is_retryable": True}


def heard(*messages: Any) -> AgentReport:
    """The report after these messages have come through a real pipe."""
    return read(b"".join(json.dumps(message).encode() + b"\n" for message in messages))


def read(*chunks: bytes) -> AgentReport:
    receiver, sender = multiprocessing.Pipe(duplex=False)
    report = AgentReport()
    reader = ReportReader(receiver, report)

    def send() -> None:
        for chunk in chunks:
            view = memoryview(chunk)
            while view:
                view = view[os.write(sender.fileno(), view) :]
        sender.close()

    thread = threading.Thread(target=send)
    thread.start()
    while thread.is_alive():
        reader.read()
    reader.read(to_the_end=True)
    receiver.close()
    return report


def line(text: str = "text", level: str = "info") -> dict[str, Any]:
    return {"kind": "line", "at": 1_700_000_000.5, "level": level, "text": text}


def test_lines_steps_and_progress_are_news() -> None:
    report = heard(
        line("a"), line("b", "step"), {"kind": "progress", "percent": 12}, {"kind": "progress", "percent": 40}
    )

    assert [(said.level, said.text) for said in report.news.lines] == [("info", "a"), ("step", "b")]
    assert report.news.percent == 40
    assert report.ending is None


@pytest.mark.parametrize("message", [ANSWER, FAILURE])
def test_an_ending_is_taken(message: dict[str, Any]) -> None:
    assert heard(message).ending == message


@pytest.mark.parametrize(
    "message",
    [
        None,
        [],
        "text",
        {"kind": "unknown"},
        {**ANSWER, "output": "no object"},
        {**ANSWER, "result": None},
        {**FAILURE, "code": "worker_lost"},
        {**FAILURE, "code": "made_up"},
        {**FAILURE, "is_retryable": "yes"},
        {**line(), "level": "shout"},
        {**line(), "at": "noon"},
        {**line(), "at": 1e300},
        {"kind": "progress", "percent": "half"},
    ],
)
def test_what_has_the_wrong_shape_is_left_and_the_rest_is_heard(message: object) -> None:
    report = heard(message, line("after"))

    assert [said.text for said in report.news.lines] == ["after"]
    assert report.ending is None


@pytest.mark.parametrize("chunk", [b"\xff\xfe\n", b"{\n", b"[" * 100_000 + b"\n", b"\n\n"])
def test_what_is_no_json_is_left(chunk: bytes) -> None:
    report = read(chunk, json.dumps(ANSWER).encode() + b"\n")

    assert report.ending == ANSWER


def test_a_message_in_pieces_is_put_together() -> None:
    whole = json.dumps(ANSWER).encode() + b"\n"

    assert read(*[whole[index : index + 1] for index in range(len(whole))]).ending == ANSWER


def test_a_message_cut_off_by_the_end_of_the_process_is_no_answer() -> None:
    assert read(json.dumps(ANSWER).encode()).ending is None


def test_an_endless_message_is_a_fault_and_is_not_held() -> None:
    report = read(*[b"x" * 1024 * 1024] * (LARGEST_MESSAGE // 1024 // 1024 + 2))

    assert report.fault == "The agent's result is larger than 32 MB."


def test_a_flood_of_lines_is_not_carried() -> None:
    report = heard(*[line()] * (MOST_LINES + 500))

    assert len(report.news.lines) == MOST_LINES


def test_an_endless_line_is_cut() -> None:
    report = heard(line("x" * (LONGEST_LINE * 3)))

    assert len(report.news.lines[0].text) == LONGEST_LINE + 1

"""Puts documents through the agents, each in an attempt's process with its limits, as a worker does.

``python -m tests.mutations.attempts PART PARTS [COUNT]``: prints a line of JSON for each attempt.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing.connection
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import django

SEED = 20_240_503
COUNT = 1000
AGENTS = {"document-extractor": {}, "policy-checker": {"policy": "contract-basics"}}
MEMORY_MB = 1024
RUN_SECONDS = 120.0


def document(number: int) -> tuple[str, bytes]:
    """The name and content of one of the documents: first the monsters, then the mutated ones."""
    from tests.mutations.monsters import MONSTERS
    from tests.mutations.mutating import mutated
    from tests.mutations.originals import originals

    if number < len(MONSTERS):
        name = list(MONSTERS)[number]
        return name, MONSTERS[name]()
    name = list(originals())[number % len(originals())]
    return name, mutated(name, originals()[name], random.Random(f"{SEED}:{number}"))


def attempt(agent: str, path: Path) -> dict[str, Any]:
    """How an attempt at the document ends: ``kind``, ``code``, ``error``, ``seconds``, ``exit_code``."""
    from runs import processes
    from runs.agents.base import DocumentFile
    from runs.agents.child import Order
    from runs.documents import sniff
    from runs.reports import AgentReport, ReportReader
    from runs.supervision import crash_ending

    content = path.read_bytes()
    file = DocumentFile(path, path.name, sniff(path), len(content), hashlib.sha256(content).hexdigest())
    began = time.monotonic()
    order = Order(agent, AGENTS[agent], 1, time.time() + RUN_SECONDS, MEMORY_MB, int(RUN_SECONDS) + 60, file, None)
    process, report = processes.begin(order), AgentReport()
    reader = ReportReader(process.pipe, report)
    try:
        while report.ending is None and not report.fault and time.monotonic() - began < RUN_SECONDS:
            multiprocessing.connection.wait([process.pipe, process.sentinel], 0.25)
            is_over = not process.is_alive
            reader.read(to_the_end=is_over)
            if is_over:
                break
        seconds = time.monotonic() - began
    finally:
        exit_code = process.exit_code
        process.end()
    ending = report.ending or {"kind": "none", "error": report.fault}
    if report.ending is None and exit_code is not None and not report.fault:
        code, error = crash_ending(exit_code, is_reading=report.is_reading)
        ending = {"kind": "failure", "code": code, "error": error}
    facts = {name: ending.get(name, "") for name in ("kind", "code", "error", "summary")}
    trace = str(ending.get("traceback", ""))[-2000:] if ending.get("code") != "invalid_input" else ""
    return {**facts, "traceback": trace, "seconds": round(seconds, 2), "exit_code": exit_code}


def main() -> None:
    """Attempt every document of this part with both agents."""
    part, parts, count = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else COUNT
    with tempfile.TemporaryDirectory(prefix="mutations-") as folder:
        for number in range(part, count, parts):
            name, content = document(number)
            path = Path(folder) / name
            path.write_bytes(content)
            for agent in AGENTS:
                print(json.dumps({"number": number, "name": name, "agent": agent, **attempt(agent, path)}), flush=True)  # noqa: T201
            path.unlink()


if __name__ == "__main__":
    django.setup()
    main()

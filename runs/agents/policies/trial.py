"""Trying a policy on a document. The inside of a process of its own.

``python -m runs.agents.policies.trial PATH MEDIA_TYPE PAGE_LIMIT`` takes limits upon itself, reads the
policy as JSON (``model_dump``) from its standard input, judges, and prints one line of JSON:

    {"refusal": "", "pages": 3, "warnings": […], "verdict": "approved", "findings": […]}

``refusal`` is a sentence where the document can not be judged here. Whoever starts the
process bounds its time, and believes nothing it says without checking.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from runs.agents.policies import Finding, Rule, Subject, judge, policy_from, unjudged, verdict
from runs.documents import read
from runs.errors import PolicyRefused, UnreadableDocument

MEGABYTE = 1024 * 1024
MEMORY = 1024 * MEGABYTE
WALL_SECONDS = 20
"""By then the last rule must have been begun; the rest is not evaluated."""
CPU_SECONDS = 24
LAST_SECONDS = 26
LARGEST_OUTPUT = 4 * MEGABYTE
LATE = "The trial's time was up before this rule; a run has more."


def limit() -> None:
    """Have the kernel hold the limits, also where a parser is in C code."""
    present = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (present + MEMORY, present + MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_OUTPUT, LARGEST_OUTPUT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Should whoever waits for this process be gone.
    signal.alarm(LAST_SECONDS)


def tried(path: Path, media_type: str, page_limit: int, policy: dict[str, Any]) -> dict[str, Any]:
    """Judge a document by a policy. Never raises for a fault of either."""
    ends_at = time.time() + WALL_SECONDS
    try:
        rules = policy_from(policy).rules
        reading = read(path, media_type=media_type, page_limit=page_limit, ends_at=ends_at)
        subject = Subject(reading, today=datetime.now(UTC).date())
        findings = [_judged(rule, subject, ends_at) for rule in rules]
    except (PolicyRefused, UnreadableDocument) as refusal:
        return {"refusal": str(refusal)}
    except MemoryError:
        return {"refusal": "The document needs more memory than a trial may use; a run may use more."}
    return {
        "refusal": "",
        "pages": len(reading.pages),
        "warnings": list(reading.warnings),
        "verdict": verdict(findings),
        "findings": [finding.model_dump(mode="json") for finding in findings],
    }


def _judged(rule: Rule, subject: Subject, ends_at: float) -> Finding:
    return judge(rule, subject) if time.time() < ends_at else unjudged(rule, LATE)


def main() -> None:
    """Try the policy on standard input on the file named on the command line."""
    policy = json.load(sys.stdin)
    limit()
    json.dump(tried(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), policy), sys.stdout)


if __name__ == "__main__":
    main()

"""Judging stored facts by another policy. The inside of a process of its own.

``python -m runs.agents.policies.rejudging SECONDS`` takes limits upon itself and reads lines from its standard
input: first the policy as JSON (``model_dump``), then for each run a key, a space and its facts as
``runs.agents.packing`` has packed them. It prints a line of JSON for each run, in their order:

    {"key": "…", "verdict": "approved", "ends": {"payment-days": "pass", …}}

``verdict`` is empty where the facts can not be judged. Nothing is read from a document, and no model is asked.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
from pathlib import Path
from typing import Any

from runs.agents.packing import received, unpack
from runs.agents.policies import PolicyRules, Subject, judge, policy_from, verdict

MEGABYTE = 1024 * 1024
MEMORY = 1024 * MEGABYTE
LARGEST_OUTPUT = 16 * MEGABYTE


def limit(seconds: int) -> None:
    """Have the kernel hold the limits."""
    present = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (present + MEMORY, present + MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_OUTPUT, LARGEST_OUTPUT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Should whoever waits for this process be gone.
    signal.alarm(seconds + 2)


def rejudged(policy: PolicyRules, key: str, packed: str) -> dict[str, Any]:
    """Judge one run's facts. Never raises for a fault of theirs."""
    try:
        subject = Subject.from_facts(unpack(received(packed)))
        findings = [judge(rule, subject) for rule in policy.rules]
    except Exception:  # Facts of another form, cut short, too large for this process: said alike.
        return {"key": key, "verdict": "", "ends": {}}
    return {"key": key, "verdict": verdict(findings), "ends": {each.rule: each.status for each in findings}}


def main() -> None:
    """Judge what comes on standard input, line by line."""
    policy = policy_from(json.loads(sys.stdin.readline()))
    limit(int(sys.argv[1]))
    for line in sys.stdin:
        key, _, packed = line.rstrip("\n").partition(" ")
        sys.stdout.write(json.dumps(rejudged(policy, key, packed)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

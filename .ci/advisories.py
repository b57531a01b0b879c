"""Asks whether a vulnerability is known of any package we have pinned.

Fails for one that is. Where nobody can be asked, offline or behind a mirror that has no
advisories, it says so loudly and does not fail: what cannot be known is no fault of the code.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

REQUIREMENTS = ("requirements.txt", "requirements-llm.txt", "requirements-dev.txt")
PATIENCE_SECONDS = 120


def ask() -> Any:
    """What pip-audit found, as it writes it in JSON; None where it could ask nobody."""
    command = [sys.executable, "-m", "pip_audit", "--format=json", "--progress-spinner=off", "--timeout=5"]
    # All that is installed is pinned there: nothing has to be resolved, and no package is fetched.
    command += ["--no-deps", "--disable-pip", *(f"--requirement={name}" for name in REQUIREMENTS)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
        return json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return None


def judge(found: Any) -> tuple[int, str]:
    """The exit code, and what is said."""
    packages = found["dependencies"] if found else []
    faults = [(package, fault) for package in packages for fault in package.get("vulns", [])]
    if faults:
        lines = [f"  {package['name']} {package['version']}: {_described(fault)}" for package, fault in faults]
        return 1, "\n".join([f"VULNERABLE: {len(faults)} known of pinned packages", *lines])
    asked = [package for package in packages if "skip_reason" not in package]
    if not asked:
        return 0, "NOT AUDITED: no advisories can be reached from here; nothing is known of the pinned packages."
    left_out = [package["name"] for package in packages if "skip_reason" in package]
    partly = f"; NOT AUDITED: {', '.join(left_out)}" if left_out else ""
    return 0, f"No vulnerability is known of {len(asked)} pinned packages{partly}."


def _described(fault: Any) -> str:
    mended = f"mended in {', '.join(fault['fix_versions'])}" if fault.get("fix_versions") else "not mended yet"
    return f"{fault['id']} ({mended})"


if __name__ == "__main__":
    code, said = judge(ask())
    print(said)  # noqa: T201
    sys.exit(code)

"""``make check`` fails for a vulnerability that is known, and never because nobody could be asked."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from typing import Any

import pytest

from tests.sites import ROOT

SCRIPT = ROOT / ".ci" / "advisories.py"
SOUND = {"name": "sound", "version": "1.0", "vulns": []}
SKIPPED = {"name": "unheard-of", "skip_reason": "Dependency not found on PyPI and could not be audited"}
VULNERABLE = {
    "name": "leaky",
    "version": "2.0",
    "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["2.1"], "aliases": [], "description": ""}],
}


@pytest.mark.parametrize(
    ("packages", "code", "sentence"),
    [
        ([SOUND], 0, "No vulnerability is known of 1 pinned packages."),
        ([SOUND, SKIPPED], 0, "NOT AUDITED: unheard-of"),
        ([SKIPPED], 0, "NOT AUDITED: no advisories can be reached"),
        ([SOUND, SKIPPED, VULNERABLE], 1, "leaky 2.0: PYSEC-2026-1 (mended in 2.1)"),
    ],
)
def test_a_known_vulnerability_fails_and_ignorance_does_not(
    packages: list[dict[str, Any]], code: int, sentence: str
) -> None:
    judged = runpy.run_path(str(SCRIPT))["judge"]({"dependencies": packages})

    assert judged[0] == code
    assert sentence in judged[1]


@pytest.mark.slow
def test_offline_it_says_so_loudly_and_lets_the_check_go_on() -> None:
    nowhere = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9")
    environment = {**os.environ, **nowhere, "NO_PROXY": "", "no_proxy": ""}
    command = [sys.executable, str(SCRIPT)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=110)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("NOT AUDITED")

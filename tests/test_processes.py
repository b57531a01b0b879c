"""Programs that run side by side: started again when they end, unless that helps nobody."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from agentsite.processes import GaveUp, Program, Programs

pytestmark = pytest.mark.slow


def test_a_program_that_cannot_start_is_given_up_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = Program("broken", [sys.executable, "-c", "print('I will not'); raise SystemExit(7)"], colour=31)
    steady = Program("steady", [sys.executable, "-c", "import time; time.sleep(60)"], colour=32, patience=5)
    programs = Programs([broken, steady], tmp_path, {})

    with pytest.raises(GaveUp, match="broken ended with exit code 7 soon after its start, 5 times in a row"):
        programs.run(when_started=lambda: None)

    assert "broken | I will not" in capsys.readouterr().out
    assert steady.process is not None
    assert steady.process.poll() is not None, "nothing is left running"

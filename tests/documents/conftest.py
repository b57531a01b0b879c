"""What tests of reading share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine on which nothing is installed that recognises text."""
    monkeypatch.setenv("PATH", str(tmp_path))

"""A run's context that keeps what the agent says, for tests without a supervisor."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runs.agents.base import DocumentFile, LanguageModel, Level


@dataclass
class RecordingContext:
    """Keeps steps, progress and log lines. ``cancel_after_steps``: when somebody asks the run to stop."""

    attempt: int = 1
    deadline: float = field(default_factory=lambda: time.time() + 60)
    document: DocumentFile | None = None
    policy: Mapping[str, Any] | None = None
    request_id: str = ""
    kept: Mapping[str, Any] = field(default_factory=dict)
    parts: dict[str, Any] = field(default_factory=dict)
    tally: tuple[int, int, str] | None = None
    llm: LanguageModel | None = None
    cancel_after_steps: int | None = None
    steps: list[str] = field(default_factory=list)
    percents: list[float] = field(default_factory=list)
    lines: list[tuple[Level, str]] = field(default_factory=list)

    @property
    def cancelled(self) -> bool:
        return self.cancel_after_steps is not None and len(self.steps) >= self.cancel_after_steps

    def step(self, text: str) -> None:
        self.steps.append(text)

    def progress(self, done: float, total: float) -> None:
        self.percents.append(100 * done / total)

    def log(self, text: str, level: Level = "info") -> None:
        self.lines.append((level, text))

    def keep(self, part: str, value: Any, *, done: int = 0, total: int = 0, unit: str = "") -> None:
        # As it comes back: JSON and nothing else.
        self.parts[part] = json.loads(json.dumps(value, allow_nan=False))
        self.tally = (done, total, unit) if total else self.tally


def document_file(path: Path) -> DocumentFile:
    """Describe a file as the worker would."""
    return DocumentFile.at(path)

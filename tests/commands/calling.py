"""Calling a command and keeping what it said."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import Any

from django.core.management import CommandError, call_command


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    stdout: str
    stderr: str
    code: int

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)


def call(*words: object) -> Said:
    """Run a command with these words; a refusal is added to what it said, as Django does."""
    stdout, stderr, code = io.StringIO(), io.StringIO(), 0
    try:
        call_command(*map(str, words), stdout=stdout, stderr=stderr)
    except CommandError as error:
        code = error.returncode
        stderr.write(str(error))
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    return Said(stdout.getvalue(), stderr.getvalue(), code)

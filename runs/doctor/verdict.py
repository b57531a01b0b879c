"""How the site is, in one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from runs.doctor.figures import Figures
from runs.doctor.findings import counted, sentence

Tone = Literal["success", "warning", "danger"]
LONG_WAIT: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The sentence, and how grave it is."""

    tone: Tone
    sentence: str

    @classmethod
    def on(cls, figures: Figures, trouble_count: int = 0) -> Verdict:
        """The gravest thing to say of ``figures``, and of so many checks that found something."""
        if not figures.listening_count:
            waiting = f": {_runs(figures.pending_count)} for one" if figures.pending_count else ""
            return cls("danger", f"No worker is listening{waiting}.")
        look = []
        if figures.suspicious:
            look.append(f"{counted(figures.suspicious, 'run')} to look at")
        if figures.parked:
            look.append(f"{counted(figures.parked, 'message')} put aside")
        if figures.oldest_wait is not None and figures.oldest_wait >= LONG_WAIT:
            look.append(f"the oldest of {counted(figures.due_count, 'run')} waits for a worker for {_span(figures)}")
        if trouble_count:
            look.append(f"{counted(trouble_count, 'check')} found something")
        if look:
            return cls("warning", f"{sentence(', '.join(look))}. {sentence(_business(figures))}.")
        return cls("success", f"Everything is well: {_business(figures)}.")


def _business(figures: Figures) -> str:
    workers = counted(figures.worker_count, "worker")
    busy = f", {figures.busy_count} busy" if figures.busy_count else ""
    waiting = f"{_runs(figures.due_count)} for a worker" if figures.due_count else "nothing waits"
    return f"{workers}{busy}, {waiting}"


def _runs(count: int) -> str:
    return f"{counted(count, 'run')} {'waits' if count == 1 else 'wait'}"


def _span(figures: Figures) -> str:
    assert figures.oldest_wait is not None
    minutes, seconds = divmod(int(figures.oldest_wait.total_seconds()), 60)
    return f"{minutes} m {seconds} s"

"""How runs and what they bring look: icons, words, badges."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django import template

from runs.agents import AGENTS
from runs.models import AgentRun, EventKind

register = template.Library()

STATE_LOOKS: Final = {
    "waiting": ("pause-circle", "Waiting"),
    "pending": ("clock", "Pending"),
    "running": ("spinner", "Running"),
    "stopping": ("stop-circle", "Stopping"),
    "completed": ("check-circle", "Completed"),
    "failed": ("x-circle", "Failed"),
    "cancelled": ("no-symbol", "Cancelled"),
}
FINDING_LOOKS: Final = {
    "pass": ("check-circle", "Pass"),
    "fail": ("x-circle", "Fail"),
    "needs_review": ("eye", "Needs review"),
    "not_applicable": ("minus-circle", "Not applicable"),
    "not_evaluated": ("ellipsis-horizontal-circle", "Not evaluated"),
    "approved": ("check-badge", "Approved"),
    "rejected": ("x-circle", "Rejected"),
}
GROUNDING_LOOKS: Final = {
    "verified": ("check-badge", "Verified"),
    "fuzzy": ("exclamation-circle", "Nearly"),
    "not_found": ("question-mark-circle", "Not found"),
}
ASKED_LOOKS: Final = {
    "found": ("check-circle", "Found"),
    "unproven": ("exclamation-circle", "Not proven"),
    "not_found": ("question-mark-circle", "Not found"),
    "not_evaluated": ("ellipsis-horizontal-circle", "Not evaluated"),
}
COMPARISON_LOOKS: Final = {
    "same": ("equals", "Same"),
    "other_evidence": ("map-pin", "Other evidence"),
    "changed": ("arrows-right-left", "Changed"),
    "only_left": ("arrow-left-circle", "Only left"),
    "only_right": ("arrow-right-circle", "Only right"),
}
DELIVERY_LOOKS: Final = {
    "pending": ("clock", "Waiting"),
    "delivered": ("check-circle", "Delivered"),
    "failed": ("x-circle", "Failed"),
}
WEBHOOK_LOOKS: Final = {
    "active": ("bolt", "Active"),
    "paused": ("pause-circle", "Paused"),
    "disabled": ("exclamation-triangle", "Switched off"),
}
EVENT_WORDS: Final = {
    EventKind.TRIGGERED: "Triggered",
    EventKind.SEATED: "Took the waiting seat",
    EventKind.PROMOTED: "Left the waiting seat",
    EventKind.STARTED: "Started",
    EventKind.CANCEL_REQUESTED: "Asked to stop",
    EventKind.RETRIED: "Will be tried again",
    EventKind.HANDED_BACK: "Handed back",
    EventKind.REQUEUED: "Enqueued again",
    EventKind.COMPLETED: "Completed",
    EventKind.FAILED: "Failed",
    EventKind.CANCELLED: "Cancelled",
    EventKind.FORCE_STOPPED: "Stopped by force",
    EventKind.LATE_RESULT: "A result came too late",
    EventKind.ADOPTED: "A late result was adopted",
}
FAVICONS: Final = {
    "pending": "running",
    "running": "running",
    "stopping": "running",
    "completed": "done",
    "failed": "failed",
    "cancelled": "failed",
}
UNKNOWN_LOOK: Final = ("question-mark-circle", "")

ESCAPE_SEQUENCE: Final = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@register.inclusion_tag("_badge.html")
def badge(run: AgentRun) -> dict[str, str]:
    """A run's status: shape, word and colour."""
    return _badge("stopping" if run.is_stopping else run.status, STATE_LOOKS)


@register.inclusion_tag("_badge.html")
def finding_badge(status: str) -> dict[str, str]:
    """How a rule ended, or the verdict on all of them."""
    return _badge(status, FINDING_LOOKS)


@register.inclusion_tag("_badge.html")
def grounding_badge(grounding: str) -> dict[str, str]:
    """Whether a quote was found in the document again."""
    return _badge(grounding, GROUNDING_LOOKS)


@register.inclusion_tag("_badge.html")
def asked_badge(status: str) -> dict[str, str]:
    """What became of a field that the user named."""
    return _badge(status, ASKED_LOOKS)


@register.inclusion_tag("_badge.html")
def comparison_badge(state: str) -> dict[str, str]:
    """How a value of one run stands to that of another."""
    return _badge(state, COMPARISON_LOOKS)


@register.inclusion_tag("_badge.html")
def delivery_badge(status: str) -> dict[str, str]:
    """How a webhook's delivery stands."""
    return _badge(status, DELIVERY_LOOKS)


@register.inclusion_tag("_badge.html")
def webhook_badge(state: str) -> dict[str, str]:
    """Whether a webhook is told of anything."""
    return _badge(state, WEBHOOK_LOOKS)


def _badge(state: str, looks: dict[str, tuple[str, str]]) -> dict[str, str]:
    icon, word = looks.get(state, UNKNOWN_LOOK)
    return {"state": state, "icon": icon, "word": word or state}


@register.filter
def money(amount: str) -> str:
    """A small amount of money, to two figures that are not 0, and to cents at least."""
    value = Decimal(amount)
    places = max(2, 1 - value.adjusted()) if value else 2
    return f"{value:.{min(places, 6)}f}"


@register.filter
def at(things: Mapping[str, Any], key: str) -> Any:
    """What ``things`` has under ``key``; None where there is nothing."""
    return things.get(key)


@register.filter
def agent_label(name: str) -> str:
    """An agent's name for people; that of one no longer here as it is."""
    return AGENTS[name].label if name in AGENTS else name


@register.filter
def agent_icon(name: str) -> str:
    return AGENTS[name].icon if name in AGENTS else "cpu-chip"


@register.filter
def outcome(run: AgentRun) -> str:
    """A run that has ended, in one line."""
    if run.is_partial:
        return " · ".join(filter(None, [run.summary, run.error]))
    return run.summary or run.error or run.result or ""


@register.filter
def document_name(run: AgentRun) -> str:
    """What a run works on; empty where its agent needs no document."""
    if run.document is not None:
        return run.document.name
    return "Bundled sample" if run.agent in AGENTS and AGENTS[run.agent].sample else ""


@register.filter
def mark_word(mark: str) -> str:
    """How a rule ended, or whether a quote was found again, in a word."""
    return {**FINDING_LOOKS, **GROUNDING_LOOKS}.get(mark, ("", mark))[1].lower()


@register.filter
def short_id(run_id: object) -> str:
    """The beginning of a run's id: enough to tell it from its neighbours."""
    return str(run_id)[:8]


@register.filter
def event_words(kind: str) -> str:
    return EVENT_WORDS.get(EventKind(kind), kind) if kind in EventKind.values else kind


@register.filter
def printable(text: str) -> str:
    """A line of a log without terminal colours, its control characters made visible."""
    return CONTROL.sub("\N{REPLACEMENT CHARACTER}", ESCAPE_SEQUENCE.sub("", text))


@register.filter
def percent(share: Any) -> str:
    """A share of one as a percentage."""
    return f"{share * 100:.0f} %" if isinstance(share, (int, float)) else "–"


@register.filter
def favicon(state: str) -> str:
    """The static file of the picture in the browser's tab."""
    return f"favicon-{FAVICONS[state]}.svg" if state in FAVICONS else "favicon.svg"


@register.simple_tag
def shown_ids(cards: list[Any]) -> str:
    """The ids of the runs that have a card, as a page's update takes them."""
    return ",".join(str(watched.run.pk) for watched in cards)


@register.filter
def words(text: str) -> list[str]:
    return text.split()

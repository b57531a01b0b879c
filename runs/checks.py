"""System checks: numbers that must agree with each other, said at start."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, register

from agentsite.addresses import is_loopback_name
from runs.agents import AGENTS
from runs.broker.broker import LONGEST_WAIT_SECONDS
from runs.relay import can_ask


@register()
def queue_settings_agree(**_: Any) -> list[CheckMessage]:
    """django-q2's numbers, each of which alone can stall or repeat runs."""
    queue = settings.Q_CLUSTER
    rules = [
        (
            "E001",
            queue["queue_limit"] > queue["workers"],
            "queue_limit must exceed workers: a stop can block for ever.",
        ),
        (
            "E002",
            not queue.get("daemonize_workers", True),
            "daemonize_workers must be off: a worker starts processes.",
        ),
        (
            "E003",
            queue["max_attempts"] == 1 and queue["ack_failures"],
            "The queue must never repeat a delivery itself.",
        ),
        ("E004", queue["save_limit"] == -1, "save_limit must be -1: results are kept by runs, not by the queue."),
        ("E005", isinstance(queue["timeout"], int), "timeout must be a whole number of seconds."),
        ("E006", queue["orm"] == "default", "The queue must be in the runs' own database."),
        (
            "E007",
            4 * queue["guard_cycle"] <= settings.WEDGED_AFTER_SECONDS,
            "WEDGED_AFTER_SECONDS must leave the cluster time to replace a dead worker: two seconds at least.",
        ),
        (
            "E008",
            queue["retry"] >= 6 * LONGEST_WAIT_SECONDS,
            "retry must outlast several looks of the pusher, which renews it: six seconds at least.",
        ),
        (
            "E009",
            queue["bulk"] == 1,
            "bulk must be 1: with more, a message waits in memory while a worker elsewhere is free.",
        ),
    ]
    return [Error(sentence, id=f"runs.{id}", obj="Q_CLUSTER") for id, holds, sentence in rules if not holds]


@register()
def broker_looks_after_runs(**_: Any) -> list[CheckMessage]:
    """With django-q2's own broker nobody rescues."""
    if settings.BROKER != "stock":
        return []
    hint = "Run `manage.py rescueruns` every few seconds."
    return [checks.Warning("BROKER=stock is for comparison: no cluster rescues runs.", hint=hint, id="runs.W007")]


@register()
def clocks_agree(**_: Any) -> list[CheckMessage]:
    """A lease must outlast several heartbeats."""
    if settings.LEASE_SECONDS >= 2 * settings.HEARTBEAT_SECONDS:
        return []
    return [Error("LEASE_SECONDS must be at least twice HEARTBEAT_SECONDS.", id="runs.E010", obj="settings")]


@register()
def packages_bring_agents(**_: Any) -> list[CheckMessage]:
    """A package that was installed to bring an agent has brought it."""
    hint = "manage.py tryagent tries one; pip uninstall takes its package away."
    return [checks.Warning(sentence, hint=hint, id="runs.W011", obj="agents") for sentence in AGENTS.refused]


@register()
def language_model_is_whole(**_: Any) -> list[CheckMessage]:
    """A model that is configured by half is asked nothing, and somebody expects that it is."""
    found, named = settings.LLM, settings.LLM_VARIABLES_SET
    if found is None:
        if not named:
            return []
        hint = "Set LLM_BASE_URL and LLM_MODEL, or neither of these."
        said = f"{', '.join(named)} alone name no language model: nothing is asked of any."
        return [checks.Warning(said, hint=hint, id="runs.W020")]
    address = urlsplit(found.base_url)
    is_local = is_loopback_name(address.hostname or "")
    rules = [
        (
            "W021",
            can_ask(),
            "A language model is configured, but what it takes to ask it is not installed.",
            "Install requirements-llm.txt: `make llm`.",
        ),
        (
            "W022",
            address.scheme == "https" or is_local,
            "LLM_BASE_URL is http: the key and the text of documents travel unencrypted.",
            "Use https://, unless the network between is your own.",
        ),
        (
            "W023",
            bool(found.api_key) or address.scheme == "http" or is_local,
            "LLM_API_KEY is not set, and hardly an endpoint elsewhere answers without one.",
            "Set LLM_API_KEY or LLM_API_KEY_FILE.",
        ),
        (
            "W024",
            (found.price_in is None) == (found.price_out is None),
            "Of LLM_PRICE_IN and LLM_PRICE_OUT only one is set: cost stays unknown.",
            "Set both, or neither.",
        ),
        (
            "W025",
            found.max_cost is None or found.has_prices,
            "LLM_MAX_COST can not be kept without LLM_PRICE_IN and LLM_PRICE_OUT: the model is asked nothing.",
            "Set the prices, or limit tokens by LLM_MAX_TOKENS.",
        ),
    ]
    return [checks.Warning(said, hint=hint, id=f"runs.{id}") for id, holds, said, hint in rules if not holds]

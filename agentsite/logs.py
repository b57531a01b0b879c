"""One line for each fact, in one form, whoever says it: our code, Django, gunicorn, django-q2.

A line has a stable ``event``, and the request, the user and the run it is about. In JSON, for
whatever collects logs, or to be read on a terminal. What nobody may read there does not get
there: values are cut, addresses lose their query strings, secrets are blotted out, and of an
exception only its kind, the first line of what it says and where it happened are told.
"""

from __future__ import annotations

import logging.config
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any, Final

import structlog
from gunicorn.config import Config
from gunicorn.glogging import Logger

from runs import origin

EventDict = MutableMapping[str, Any]

FORMATS: Final = ("json", "console")
LONGEST_VALUE: Final = 1_000
LONGEST_COMPLAINT: Final = 300
MOST_FRAMES: Final = 15
MOST_CAUSES: Final = 5
BLOT: Final = "…"

SECRET_NAMES: Final = re.compile(r"password|passwd|secret|token$|authorization|cookie|api_?key", re.IGNORECASE)
SECRETS: Final = (
    (re.compile(r"(agentsite_[\w-]{6})[\w-]+"), rf"\1{BLOT}"),
    (re.compile(r"\b(Bearer|Basic)\s+[^\s\"',]+", re.IGNORECASE), rf"\1 {BLOT}"),
    (re.compile(r"\beyJ[\w-]{5,}\.[\w-]+(\.[\w-]*)?"), BLOT),
    (re.compile(r"(://[^/\s:@]+:)[^/\s@]+@"), rf"\1{BLOT}@"),
    (re.compile(r"\b(sessionid|csrf\w*token|password|token|secret|code|state)=[^\s&;\"']+"), rf"\1={BLOT}"),
    (re.compile(r"(/[^\s?\"'<>]*)\?[^\s\"'<>]+"), rf"\1?{BLOT}"),
)
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def configuration(form: str, level: str) -> dict[str, Any]:
    """What Django's ``LOGGING`` is. Also has structlog hand its lines to it."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    common = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        name_origin,
        tell_exception,
        blot_out,
    ]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [*common, *_renderers(form)],
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # The queue's own chatter is about its doorbell; our log speaks of runs.
            "django-q": {"handlers": ["console"], "level": "WARNING", "propagate": False},
            # What it says at each sign-in, runs.sign_in_locks says in our words.
            "axes": {"level": "ERROR"},
            # A refusal is an answer, not a fault.
            "django.request": {"level": "ERROR"},
            "django.security.DisallowedHost": {"level": "CRITICAL"},
        },
    }


def _renderers(form: str) -> list[Any]:
    if form == "json":
        return [in_order, structlog.processors.JSONRenderer(default=str, ensure_ascii=False)]
    return [
        shortened,
        structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False, key="timestamp"),
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=24, sort_keys=False),
    ]


def name_origin(logger: Any, method: str, event: EventDict) -> EventDict:
    """Say which request, whose, and which run, unless the line says so itself."""
    here = origin.here()
    for name in ("request_id", "user_id", "run_id"):
        if known := getattr(here, name):
            event.setdefault(name, known)
    return event


def tell_exception(logger: Any, method: str, event: EventDict) -> EventDict:
    """Exceptions without what they quote: a statement has its values in it, and a value may be anybody's."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    event.pop("exc_text", None)
    if not isinstance(error, BaseException):
        return event
    event["exception"] = _complaint(error)
    event["where"] = _where(error.__traceback__)
    causes = list(_causes(error))
    if causes:
        event["causes"] = [_complaint(cause) for cause in causes]
    return event


def _complaint(error: BaseException) -> str:
    said = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {said[:LONGEST_COMPLAINT]}" if said else type(error).__name__


def _causes(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    while cause is not None and cause not in found and len(found) < MOST_CAUSES:
        found.append(cause)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return found


def _where(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-MOST_FRAMES:]
    return [f"{'/'.join(frame.filename.split('/')[-3:])}:{frame.lineno} {frame.name}" for frame in frames]


def blot_out(logger: Any, method: str, event: EventDict) -> EventDict:
    """Keep every value on its line, and short, and secrets out of it."""
    return {name: BLOT if SECRET_NAMES.search(name) else blotted(value) for name, value in event.items()}


def blotted(value: Any) -> Any:
    """``value`` as it may be read by whoever reads logs."""
    match value:
        case None | bool() | int() | float():
            return value
        case Mapping():
            return blot_out(None, "", {str(name): item for name, item in value.items()})
        case list() | tuple() | set() | frozenset():
            return [blotted(item) for item in list(value)[:50]]
    text = CONTROL.sub(" ", str(value))
    if len(text) > LONGEST_VALUE:
        text = text[: LONGEST_VALUE - 1] + BLOT
    for pattern, replacement in SECRETS:
        text = pattern.sub(replacement, text)
    return text


def in_order(logger: Any, method: str, event: EventDict) -> EventDict:
    """First what every line has, and what is looked for."""
    first = {name: event.pop(name) for name in ("at", "level", "event") if name in event}
    return {**first, **event}


def shortened(logger: Any, method: str, event: EventDict) -> EventDict:
    """For people on a terminal, who want the fact, and beginnings of ids to tell things by."""
    event.pop("at", None)
    event.pop("logger", None)
    for name in ("request_id", "user_id", "run_id"):
        if name in event:
            event[name] = event[name][:8]
    return event


class GunicornLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's own lines in the form of all others. Requests are told by ``runs.views.OriginMiddleware``."""

    def setup(self, cfg: Config) -> None:
        """Have its lines go where ours go."""
        from agentsite import settings

        super().setup(cfg)
        logging.config.dictConfig(settings.LOGGING)
        for handler in list(self.error_log.handlers):
            self.error_log.removeHandler(handler)
        self.error_log.propagate = True

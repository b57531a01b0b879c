"""One delivery: start an attempt, have it carried out, end it.

Called by django-q2 with a run's id and nothing else. Whatever happens, the run ends
through a verb of ``lifecycle``; nothing is ever raised.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
import time
import traceback
from collections.abc import Iterator
from uuid import UUID

import structlog
from django.conf import settings

from runs import agents, lifecycle, origin, processes, readings, uploads
from runs.agents.base import DocumentFile
from runs.agents.child import Order
from runs.errors import LeaseLost
from runs.inputs import fields_of_format
from runs.lifecycle import Attempt
from runs.models import AgentRun, Document, ErrorCode
from runs.places import Place
from runs.relay import model_offer
from runs.supervision import Notice, Supervision, insist

logger = structlog.stdlib.get_logger(__name__)


class DocumentGone(Exception):
    """The run's document has been deleted since it was triggered."""


def deliver(run_id: str) -> None:
    """Carry out the run, if it is there to be carried out. Never raises, returns nothing."""
    try:
        with _noting_sigterm() as asked_to_leave:
            attempt = lifecycle.start(UUID(run_id), f"{socket.gethostname()}:{os.getpid()}", str(Place.here()))
            if attempt is not None:
                facts = {"request_id": attempt.request_id, "run_id": attempt.run_id}
                with origin.coming_from(**facts, user_id=attempt.user_id):
                    _carry_out(attempt, asked_to_leave)
                if not asked_to_leave.is_given:
                    get_ready()
    except LeaseLost as error:
        logger.warning("lease_lost", run_id=run_id, what=str(error))
    except Exception:
        # The run is left to its lease: rescue ends it and says why.
        logger.exception("delivery_broke_off", run_id=run_id)


def get_ready() -> None:
    """Do now what the next delivery would have to wait for. Called in every new worker process, too."""
    processes.keep_one_ready()


@contextlib.contextmanager
def _noting_sigterm() -> Iterator[Notice]:
    """Have SIGTERM end the attempt in an orderly way; outside of a delivery a worker ignores it."""
    notice = Notice()
    if threading.current_thread() is not threading.main_thread():
        yield notice
        return
    before = signal.signal(signal.SIGTERM, lambda *_: notice.give())
    try:
        yield notice
    finally:
        signal.signal(signal.SIGTERM, before)


def _carry_out(attempt: Attempt, notice: Notice) -> None:
    try:
        with _order(attempt) as order:
            Supervision(attempt, order, notice).carry_out()
    except DocumentGone:
        sentence = "The document of this run no longer exists."
        insist(lambda: lifecycle.fail(attempt, ErrorCode.INVALID_INPUT, sentence))
    except LeaseLost:
        raise
    except Exception:
        logger.exception("run_not_carried_out")
        sentence, trace = "The worker failed to carry out the run.", traceback.format_exc()
        insist(lambda: lifecycle.fail(attempt, ErrorCode.AGENT_ERROR, sentence, traceback=trace))


@contextlib.contextmanager
def _order(attempt: Attempt) -> Iterator[Order]:
    """What the agent's process is told. Raises ``DocumentGone``."""
    run = AgentRun.objects.select_related("document", "policy").get(pk=attempt.run_id)
    if run.document is None and _names_a_document(run):
        raise DocumentGone
    seconds = attempt.run_limit.total_seconds()
    with contextlib.ExitStack() as stack:
        yield Order(
            agent=run.agent,
            input=run.input,
            attempt=attempt.number,
            deadline=time.time() + seconds,
            memory_mb=attempt.memory_mb,
            cpu_seconds=int(seconds) + 60,
            document=stack.enter_context(document_file(run.document)) if run.document else None,
            policy=run.policy.given if run.policy else None,
            request_id=attempt.request_id,
            kept=lifecycle.kept_of(run),
            llm=model_offer(),
        )


def _names_a_document(run: AgentRun) -> bool:
    """Whether the input asks for a document, whatever its agent calls the field."""
    agent = agents.AGENTS.get(run.agent)
    return agent is not None and any(run.input.get(field) for field in fields_of_format(agent, "document"))


@contextlib.contextmanager
def document_file(document: Document) -> Iterator[DocumentFile]:
    """The document as its agent gets it. Raises ``DocumentGone``."""
    facts = (document.name, document.media_type, document.size, document.sha256, settings.DOCUMENT_PAGE_LIMIT)
    with uploads.local_path(document) as path:
        if not path.exists():
            raise DocumentGone
        with readings.offered(document.sha256, document.media_type) as (kept, place):
            yield DocumentFile(path, *facts, kept_reading=kept, reading_place=place)

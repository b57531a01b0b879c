"""A run whose receipt holds something of everything."""

from __future__ import annotations

from django.core.files.base import ContentFile
from django.utils import timezone

from runs import agents, lifecycle, uploads
from runs.lifecycle import Line
from runs.models import AgentRun, User
from tests import acting
from tests.agents.recording import RecordingContext, document_file

HOSTILE = "</pre><script>alert('x')</script>&lt;b&gt; \u2028 “quoted”"


def checked(owner: User, name: str = "contract.pdf", finding_count: int = 100) -> AgentRun:
    """A check of the sample contract, carried out here."""
    checker = agents.AGENTS["policy-checker"]
    assert checker.sample is not None
    document = uploads.keep(ContentFile(checker.sample.read_bytes(), name), owner)
    run = lifecycle.trigger(owner, checker.name, {"document": str(document.pk)})
    attempt = acting.started(run)
    lifecycle.progress(attempt, lines=[Line(timezone.now(), "info", text) for text in ("Reading", HOSTILE)])
    context = RecordingContext(document=document_file(checker.sample))
    answer = checker.run(context, checker.Input())
    output = answer.output.model_dump(mode="json")
    output["warnings"] = [HOSTILE]
    output["findings"] = output["findings"][:finding_count]
    lifecycle.complete(attempt, answer.result, output, answer.summary)
    return AgentRun.objects.select_related("user", "document", "policy").get(pk=run.pk)

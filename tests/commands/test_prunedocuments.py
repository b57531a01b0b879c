"""``manage.py prunedocuments``: uploads that nothing uses go, and nothing else."""

from __future__ import annotations

from datetime import timedelta

from django.core.files.base import ContentFile
from django.utils import timezone

from runs import lifecycle, saved_inputs, uploads
from runs.agents import AGENTS
from runs.models import Document, User
from tests.commands.calling import call


def uploaded(owner: User, content: bytes, days_ago: float) -> Document:
    document = uploads.keep(ContentFile(content), owner, "x.txt")
    Document.objects.filter(pk=document.pk).update(uploaded_at=timezone.now() - timedelta(days=days_ago))
    return document


def test_unused_uploads_go_with_their_files(owner: User) -> None:
    old, new = uploaded(owner, b"old", 8), uploaded(owner, b"new", 6)

    assert call("prunedocuments").stdout == "1 document removed.\n"

    assert list(Document.objects.all()) == [new]
    assert not old.file.storage.exists(str(old.file.name))
    assert new.file.storage.exists(str(new.file.name))
    assert call("prunedocuments", "--days", 5).stdout == "1 document removed.\n"
    assert call("prunedocuments").stdout == "No documents removed.\n"


def test_what_a_run_or_a_saved_input_uses_stays(owner: User) -> None:
    of_a_run, of_a_draft = uploaded(owner, b"run", 99), uploaded(owner, b"draft", 99)
    lifecycle.trigger(owner, "document-extractor", {"document": str(of_a_run.pk)})
    saved_inputs.keep_draft(owner, AGENTS["document-extractor"], {"document": str(of_a_draft.pk)})

    call("prunedocuments")

    assert set(Document.objects.all()) == {of_a_run, of_a_draft}
    assert of_a_run.file.storage.exists(str(of_a_run.file.name))

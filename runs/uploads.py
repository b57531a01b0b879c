"""Taking in a file: from an upload to a ``Document``."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path, PurePath
from typing import IO

from django.conf import settings
from django.core.files import File
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet

from runs import audit, content_cache
from runs.documents import READABLE_KINDS, sniff
from runs.documents.kinds import EMPTY, ENCRYPTED_OFFICE, OUTLOOK, UNREADABLE_KINDS
from runs.errors import DocumentInUse, DocumentRefused
from runs.models import AgentRun, Document, SavedInput, Schedule, User
from runs.storable import storable_text

CHUNK = 256 * 1024
BATCH = 100


def keep(upload: File[bytes], owner: User, name: str = "") -> Document:
    """Store ``upload`` as a document of ``owner``'s.

    The same content again gives the document that is already there. Raises
    ``DocumentRefused`` with a sentence when it is empty, too large, or of a kind that
    no reader is for.
    """
    with tempfile.NamedTemporaryFile(prefix="upload-") as copy:
        sha256, size = _copy_within_limit(_chunks(upload), copy.file)
        media_type = sniff(Path(copy.name))
        if media_type not in READABLE_KINDS:
            raise DocumentRefused(_refusal(media_type))
        document = Document(
            owner=owner,
            name=_name(name or upload.name or "document"),
            sha256=sha256,
            size=size,
            media_type=media_type,
        )
        return _store_once(document, copy.file)


@contextlib.contextmanager
def local_path(document: Document) -> Iterator[Path]:
    """The content as a file of this machine: the stored one, or a copy that goes afterwards.

    A stored file may be gone; one that has to be copied raises ``OSError`` then.
    """
    try:
        path = Path(document.file.path)
    except NotImplementedError:  # The storage is not on this machine.
        with tempfile.NamedTemporaryFile(prefix="document-") as copy, document.file.open("rb") as stored:
            shutil.copyfileobj(stored, copy)
            copy.flush()
            yield Path(copy.name)
        return
    yield path


def prune(before: datetime) -> int:
    """Remove some of the documents uploaded before then that no run, no saved input and no schedule uses.

    How many were removed; 0 once there are no more.
    """
    unused = _unused(Document.objects.filter(uploaded_at__lt=before))
    with transaction.atomic():
        # A run that is being triggered holds on to its document; one that is taken meanwhile is left for next time.
        documents = list(unused.select_for_update(skip_locked=True, of=("self",))[:BATCH])
        Document.objects.filter(pk__in=[document.pk for document in documents]).delete()
        if documents:
            digests = [document.sha256 for document in documents]
            audit.record("documents.pruned", uploaded_before=before, count=len(documents), sha256=digests)
    for document in documents:
        _delete_content(document)
    return len(documents)


def discard(document: Document) -> None:
    """Remove a document and its content. Raises ``DocumentInUse`` where a run, saved input or schedule has it."""
    with transaction.atomic():
        same = Document.objects.filter(pk=document.pk)
        # As in prune: a run that is being triggered holds on to it, and is there once it lets go.
        if same.select_for_update(of=("self",)).first() and not _unused(same).exists():
            raise DocumentInUse("This document is in use: runs, saved inputs or schedules refer to it, and keep it.")
        same.delete()
        audit.record("document.deleted", subject=document, sha256=document.sha256, owner=document.owner_id)
    _delete_content(document)


def _unused(documents: QuerySet[Document]) -> QuerySet[Document]:
    """Those of ``documents`` that no run, no saved input and no schedule refers to."""
    for model in (AgentRun, SavedInput, Schedule):
        documents = documents.exclude(Exists(model.objects.filter(document=OuterRef("pk"))))
    return documents


def _delete_content(document: Document) -> None:
    """Only once the row is gone for good. The same content uploaded anew in this moment brings its file again."""
    if not Document.objects.filter(owner=document.owner_id, sha256=document.sha256).exists():
        document.file.storage.delete(str(document.file.name))
    if not Document.objects.filter(sha256=document.sha256).exists():
        content_cache.forget(document.sha256)


def _refusal(media_type: str) -> str:
    if media_type == EMPTY:
        return "The file is empty. Check that it was saved completely, and choose it again."
    if media_type == ENCRYPTED_OFFICE:
        return "The file is protected by a password. Save a copy without one and upload that."
    kind = UNREADABLE_KINDS.get(media_type, "file of an unknown kind")
    if media_type.startswith("image/"):
        return f"This is a {kind}. Save it as JPEG, PNG or PDF: those can be read."
    if media_type == OUTLOOK:
        return f"This is an {kind}. Save it as an e-mail file (.eml) and upload that."
    article = "an" if kind[0] in "AEIOUaeiou" else "a"
    return (
        f"This is {article} {kind}. PDF, Word (.docx), HTML, text, e-mails (.eml) and pictures can be read: "
        "save it as one of them."
    )


def _chunks(upload: File[bytes]) -> Iterable[bytes]:
    upload.seek(0)
    return upload.chunks(CHUNK)


def _copy_within_limit(chunks: Iterable[bytes], target: IO[bytes]) -> tuple[str, int]:
    limit = settings.DOCUMENT_LIMIT_MB * 1024 * 1024
    sha256, size = hashlib.sha256(), 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise DocumentRefused(f"The file is larger than {settings.DOCUMENT_LIMIT_MB} MB.")
        sha256.update(chunk)
        target.write(chunk)
    target.flush()
    return sha256.hexdigest(), size


def _store_once(document: Document, content: IO[bytes]) -> Document:
    same = Document.objects.filter(owner=document.owner, sha256=document.sha256)
    existing = same.first()
    if existing is not None and existing.file.storage.exists(str(existing.file.name)):
        return existing
    if existing is not None:
        document = existing  # The row outlived its file: bring the file back.
    document.file.save(document.name, File(content), save=False)
    try:
        with transaction.atomic():
            document.save()
    except IntegrityError:
        # The same file arrived twice at once; the other upload's row stands for both.
        document.file.storage.delete(str(document.file.name))
        return same.get()
    return document


def _name(given: str) -> str:
    """The last part of a path, without what cannot be stored or shown."""
    name = PurePath(storable_text(given).replace("\\", "/")).name
    printable = "".join(character for character in name if character.isprintable()).strip()
    return printable[-255:] or "document"

"""Whether what runs around the runs is in order: settings, workers, agents, files."""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.core import checks
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models.functions import Now

from runs.agents import AGENTS
from runs.agents.contract import faults_of
from runs.doctor.findings import Finding, Repair, counted, fine, sentence, trouble
from runs.documents import engine
from runs.models import AgentRun, Cluster, Document
from runs.queue import FORGOTTEN_AFTER

OWN = "runs."
MOST_DOCUMENTS = 1000


def configuration(sample: int) -> Finding:
    """The settings agree with each other."""
    said = checks.run_checks()
    wrong = [message for message in said if message.is_serious() or str(message.id).startswith(OWN)]
    if wrong:
        return trouble(
            f"{sentence(counted(wrong, 'setting'))} that cannot work.",
            [f"{message.id}: {message.msg}" for message in wrong],
            remedy="Correct the environment (.env.example describes every variable) and restart",
        )
    return fine("The settings agree with each other.")


def workers(sample: int) -> Finding:
    """Somebody listens to the queue, and is of this version."""
    listening = list(Cluster.objects.listening())
    forgotten = Cluster.objects.filter(last_seen_at__lt=Now() - FORGOTTEN_AFTER)
    rows = list(forgotten)
    tidying = Repair(
        tuple(
            f"Deletes the row of {cluster}, last seen {cluster.last_seen_at:%Y-%m-%d %H:%M} UTC." for cluster in rows
        ),
        forgotten.delete,
    )
    repair = tidying if rows else None
    if not listening:
        remedy = "Start one: manage.py qcluster, or everything together: make run"
        return trouble("No worker is listening.", remedy=remedy, repair=repair)
    others = [f"{cluster} is {cluster.version}" for cluster in listening if cluster.version != settings.VERSION]
    if others:
        return trouble(
            f"{sentence(counted(others, 'cluster'))} of another version than {settings.VERSION}, which this is.",
            others,
            remedy="Restart them",
            repair=repair,
        )
    count = sum(cluster.worker_count for cluster in listening)
    kept = f" {sentence(counted(rows, 'row'))} of clusters long gone." if rows else ""
    return fine(f"{counted(count, 'worker')} in {counted(listening, 'cluster')} listening.{kept}", repair)


def registry(sample: int) -> Finding:
    """Every agent can be offered, also those that packages bring, and every active run has its agent."""
    faults = [f"{agent.name}: {fault}" for agent in AGENTS.values() for fault in faults_of(agent)]
    faults += AGENTS.refused
    active = AgentRun.objects.active().exclude(agent__in=AGENTS).only("agent")
    faults += [f"{run}: no agent of this name is in the registry" for run in active[:sample]]
    if faults:
        return trouble(f"{sentence(counted(faults, 'fault'))} in the registry of agents.", faults)
    return fine(f"All {len(AGENTS)} agents of the registry can be offered, and their samples are there.")


def recognition(sample: int) -> Finding:
    """What is there to read pictures with. Nothing is in order, too: they are refused with a sentence."""
    program = engine.program()
    if program is None:
        return fine(f"No text recognition: scans and pictures are refused. To read them, {engine.HOW_TO_INSTALL}.")
    return fine(f"Scans and pictures are read by {program}.")


def storage(sample: int) -> Finding:
    """Files can be written, and the documents of active runs are there."""
    try:
        name = default_storage.save(f"doctor/{uuid4()}", ContentFile(b"written by manage.py doctor"))
        default_storage.delete(name)
    except OSError as error:
        return trouble(
            f"The storage of documents cannot be written: {error}.", remedy="Give the site's user the right"
        )
    ids = AgentRun.objects.active().filter(document__isnull=False).values("document")
    documents = list(Document.objects.filter(pk__in=ids).order_by("pk")[:MOST_DOCUMENTS])
    gone = [document for document in documents if not default_storage.exists(str(document.file.name))]
    if gone:
        return trouble(
            f"{sentence(counted(gone, 'document'))} of an active run missing from the storage.",
            [f"{document.name} ({document.pk})" for document in gone],
            remedy="Bring the files back, or have their owners upload them again",
        )
    return fine(f"The storage can be written, and the documents of active runs are there ({len(documents)}).")

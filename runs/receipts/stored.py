"""Whether the site's database still says what a receipt says."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from runs import uploads
from runs.models import AgentRun
from runs.receipts.facts import facts_of
from runs.receipts.leaves import leaves, pointer
from runs.receipts.reading import Receipt

NOT_OF_THE_RUN: Final = ("format", "site", "software")
MOST_SAID: Final = 20
LONGEST: Final = 80
PIECE: Final = 1024 * 1024


def differences_to_site(receipt: Receipt) -> list[str]:
    """A sentence for each thing that the site says otherwise. Events that have come since are none."""
    run = _run_of(receipt)
    if run is None:
        return ["This site has no such run: it was deleted, or is another site's."]
    theirs = {name: value for name, value in receipt.content.items() if name not in NOT_OF_THE_RUN}
    ours = {name: value for name, value in facts_of(run).items() if name not in NOT_OF_THE_RUN}
    events = theirs.get("events")
    ours["events"] = ours["events"][: len(events) if isinstance(events, list) else 0]
    found = [*_differences(theirs, ours), *_stored_otherwise(run)]
    left = len(found) - MOST_SAID
    return [*found[:MOST_SAID], f"… and {left} more."] if left > 0 else found


def _run_of(receipt: Receipt) -> AgentRun | None:
    facts = receipt.content.get("run")
    try:
        key = UUID(str(facts["id"]))  # type: ignore[index]
    except (KeyError, TypeError, ValueError):
        return None
    return AgentRun.objects.select_related("user", "document", "policy").filter(pk=key).first()


def _differences(theirs: Any, ours: Any) -> Iterator[str]:
    said, known = dict(leaves(theirs)), dict(leaves(ours))
    for path in [*said, *(path for path in known if path not in said)]:
        if path not in known:
            yield f"{pointer(path)}: the receipt says {_short(said[path])}, the site nothing."
        elif path not in said:
            yield f"{pointer(path)}: the site says {_short(known[path])}, the receipt nothing."
        elif said[path] != known[path] or isinstance(said[path], bool) != isinstance(known[path], bool):
            yield f"{pointer(path)}: the receipt says {_short(said[path])}, the site {_short(known[path])}."


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _stored_otherwise(run: AgentRun) -> Iterator[str]:
    """What the run's own row does not show: the file of its document, and the policy's content."""
    if run.policy is not None and run.policy_hash and run.policy.content_hash != run.policy_hash:
        yield f"The policy {run.policy.reference} is not what it was when the run was triggered."
    if run.document is None:
        return
    digest = hashlib.sha256()
    with uploads.local_path(run.document) as path:
        if not path.exists():
            yield "The document's file is gone."
            return
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                digest.update(piece)
    if digest.hexdigest() != run.document.sha256:
        yield "The document's file is not what the run has read."

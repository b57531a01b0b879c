"""Who may see and do what. Decided where an object is fetched, nowhere else.

Owners see and stop their own runs; those who share a team with them see these runs, whole,
and change nothing; operators see and stop all of them, but see what is in other people's
only once they have given a reason (``may_read``). What somebody may not see does not exist
for them: the refusal is the same.

- ``callers``: who makes a request of the API
- ``operators``: what is for operators alone
- ``teams``: who shares a team with whom
- ``runs``: which runs somebody may see, and which change
- ``lists``: whose runs a list is of
- ``contents``: what is in them, and whom it is shown to
- ``documents``, ``belongings``: what else people have
- ``waiving``: who may pass a failed rule
- ``streams``: by what right somebody watches, and whether it still holds
"""

from runs.access.belongings import (
    own_delivery,
    own_schedule,
    own_token,
    own_tokens,
    own_webhook,
    own_webhooks,
)
from runs.access.callers import (
    Caller,
    caller_with_jwt,
    caller_with_token,
    user_acted_for,
    who_may_read_too,
)
from runs.access.contents import (
    CONTENT_COLUMNS,
    WITHOUT_CONTENT,
    as_seen_by,
    hidden,
    may_read,
    open_run,
    readable_run,
    readable_run_to_change,
    readable_runs,
    shown_to,
    visible_events,
    visible_run,
    visible_run_without_payload,
)
from runs.access.documents import own_document, own_documents, readable_document, visible_document
from runs.access.lists import Listed, Whose, listed_runs
from runs.access.operators import operates, operators_only
from runs.access.runs import run_for, run_to_change, visible_runs
from runs.access.streams import right_to_watch
from runs.access.teams import team_mates, teams_of
from runs.access.waiving import may_waive, run_to_waive, whose_waivers

__all__ = [
    "CONTENT_COLUMNS",
    "WITHOUT_CONTENT",
    "Caller",
    "Listed",
    "Whose",
    "as_seen_by",
    "caller_with_jwt",
    "caller_with_token",
    "hidden",
    "listed_runs",
    "may_read",
    "may_waive",
    "open_run",
    "operates",
    "operators_only",
    "own_delivery",
    "own_document",
    "own_documents",
    "own_schedule",
    "own_token",
    "own_tokens",
    "own_webhook",
    "own_webhooks",
    "readable_document",
    "readable_run",
    "readable_run_to_change",
    "readable_runs",
    "right_to_watch",
    "run_for",
    "run_to_change",
    "run_to_waive",
    "shown_to",
    "team_mates",
    "teams_of",
    "user_acted_for",
    "visible_document",
    "visible_events",
    "visible_run",
    "visible_run_without_payload",
    "visible_runs",
    "who_may_read_too",
    "whose_waivers",
]

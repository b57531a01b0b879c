"""The pages: each view reads what was sent, calls one verb or query, and renders.

- ``frame``: what every page shows around its own
- ``home``: what I am running, what I can run, how it went
- ``lists``, ``new_runs``: the list of runs, its saved views, and what has come since it was shown
- ``comparisons``: two runs, value by value
- ``selections``: many runs at once
- ``streams``, ``fragments``: what an open page is told of changes
- ``agent_page``: an agent's page, whatever it is shown for
- ``triggers``: asking for a run, and asking again
- ``conflicts``: a run that is in the way of another
- ``schedules``, ``schedule_forms``: runs that come back
- ``policies``: what documents are checked against, and what has changed about that
- ``policy_editor``: writing policies
- ``saved_inputs``: keeping what stands in a form
- ``unsent``: forms that were sent and could not be received
- ``watches``: one run, as it goes and as it ended
- ``stops``: cancel and force stop
- ``adoptions``: taking over a result that came too late
- ``openings``: an operator's look at what is in somebody's run
- ``pauses``: pausing an agent and resuming it
- ``pictures``: pages of its document, as they look
- ``sheets``: its result as CSV
- ``receipts``: what a run was and came to, sealed, as a file
- ``documents``: giving a document back
- ``audits``: who did what, for operators
- ``status``: how the site is, for operators
- ``patterns``: every component in every state
- ``sign_ins``: coming in and going
- ``identities``: linking my account to somebody at the provider
- ``profiles``: my tokens, and where I am signed in
- ``webhooks``: where my own programs are told of events, and what they were told
- ``themes``: light, dark, or as the system has it
- ``trends``: charts of how it has gone
- ``refusals``: what no view has answered for itself
- ``origins``: which request it is
- ``headers``: what every answer tells the browser
"""

from runs.views.adoptions import run_adopt
from runs.views.audits import audit, audit_export
from runs.views.comparisons import compare
from runs.views.conflicts import run_conflict
from runs.views.documents import agent_sample, document
from runs.views.frame import active_runs, shell, worker_banner
from runs.views.goldens import agent_accept, golden_documents, run_pin, run_unpin
from runs.views.headers import HeadersMiddleware
from runs.views.home import home, home_update
from runs.views.identities import identity_begin, identity_link, identity_unlink
from runs.views.lists import runs, saved_view_delete, saved_view_rename, saved_views
from runs.views.new_runs import runs_update
from runs.views.openings import run_open
from runs.views.origins import OriginMiddleware
from runs.views.patterns import patterns
from runs.views.pauses import agent_pause, agent_resume
from runs.views.pictures import run_page
from runs.views.policies import policies, policy, policy_changes
from runs.views.policy_editor import (
    policy_draft,
    policy_draft_discard,
    policy_edit,
    policy_new,
    policy_try,
    policy_validate,
)
from runs.views.profiles import (
    BrowserMiddleware,
    PasswordChangeView,
    profile,
    session_end,
    sessions_end,
    token_issue,
    token_revoke,
)
from runs.views.receipts import run_receipt, run_receipt_page
from runs.views.refusals import RefusalsMiddleware
from runs.views.saved_inputs import agent_draft, run_draft, saved_input_delete, saved_input_rename
from runs.views.schedule_forms import schedule_edit, schedule_new
from runs.views.schedules import (
    schedule,
    schedule_delete,
    schedule_pause,
    schedule_resume,
    schedule_run,
    schedule_times,
    schedules_list,
)
from runs.views.selections import selection, selection_outcome
from runs.views.sheets import run_result
from runs.views.sign_ins import SignInView, SignOutView, admin_sign_in, oidc_begin, oidc_finish, sign_in_locked
from runs.views.status import status, status_crashed, status_database, status_figures, status_findings
from runs.views.stops import run_cancel, run_force_stop
from runs.views.streams import stream
from runs.views.themes import theme
from runs.views.trends import agent_history
from runs.views.triggers import agent, agent_preflight, run_continue, run_rerun
from runs.views.unsent import KeepingLoginMiddleware, csrf_failure
from runs.views.waivers import run_waive, run_waiver_end
from runs.views.watches import run, run_log, run_output, run_update
from runs.views.webhooks import (
    webhook,
    webhook_delete,
    webhook_delivery,
    webhook_pause,
    webhook_resume,
    webhook_rotate,
    webhook_send_again,
    webhook_test,
    webhooks,
)

__all__ = [
    "BrowserMiddleware",
    "HeadersMiddleware",
    "KeepingLoginMiddleware",
    "OriginMiddleware",
    "PasswordChangeView",
    "RefusalsMiddleware",
    "SignInView",
    "SignOutView",
    "active_runs",
    "admin_sign_in",
    "agent",
    "agent_accept",
    "agent_draft",
    "agent_history",
    "agent_pause",
    "agent_preflight",
    "agent_resume",
    "agent_sample",
    "audit",
    "audit_export",
    "compare",
    "csrf_failure",
    "document",
    "golden_documents",
    "home",
    "home_update",
    "identity_begin",
    "identity_link",
    "identity_unlink",
    "oidc_begin",
    "oidc_finish",
    "patterns",
    "policies",
    "policy",
    "policy_changes",
    "policy_draft",
    "policy_draft_discard",
    "policy_edit",
    "policy_new",
    "policy_try",
    "policy_validate",
    "profile",
    "run",
    "run_adopt",
    "run_cancel",
    "run_conflict",
    "run_continue",
    "run_draft",
    "run_force_stop",
    "run_log",
    "run_open",
    "run_output",
    "run_page",
    "run_pin",
    "run_receipt",
    "run_receipt_page",
    "run_rerun",
    "run_result",
    "run_unpin",
    "run_update",
    "run_waive",
    "run_waiver_end",
    "runs",
    "runs_update",
    "saved_input_delete",
    "saved_input_rename",
    "saved_view_delete",
    "saved_view_rename",
    "saved_views",
    "schedule",
    "schedule_delete",
    "schedule_edit",
    "schedule_new",
    "schedule_pause",
    "schedule_resume",
    "schedule_run",
    "schedule_times",
    "schedules_list",
    "selection",
    "selection_outcome",
    "session_end",
    "sessions_end",
    "shell",
    "sign_in_locked",
    "status",
    "status_crashed",
    "status_database",
    "status_figures",
    "status_findings",
    "stream",
    "theme",
    "token_issue",
    "token_revoke",
    "webhook",
    "webhook_delete",
    "webhook_delivery",
    "webhook_pause",
    "webhook_resume",
    "webhook_rotate",
    "webhook_send_again",
    "webhook_test",
    "webhooks",
    "worker_banner",
]

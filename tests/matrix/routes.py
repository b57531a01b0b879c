"""Every route of the site and what it answers to whom: the table that ``test_routes`` holds the site against.

A new route needs a row here, under the name of its URL (its path, where it has none). A second row of the same
route, for another method or other parameters, is named ``route | what for``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal

Face = Literal["page", "api", "open"]
Answer = int | str

SIGN_IN: Final = "sign in"
"""A redirect to the page for signing in."""

WITHOUT_A_KEY: Final = (
    "nobody", "expired token", "revoked token", "wrong scope", "deactivated", "deactivated's token",
)  # fmt: skip
"""Those who bring no key, or one that opens nothing."""


@dataclass(frozen=True)
class Row:
    """A request of something of the owner's, and the status each of four people is answered.

    Who has left the team, and who shares a group that is no team, are answered as strangers. ``shared``: what is
    the owner's is shown to a team mate, too.

    ``run`` is the state the owner's run is in. ``query`` and ``body`` (JSON for the API, else a form) may name
    what is the owner's: ``{run_id}``, ``{document_id}`` and so on. ``opened``, where there is content of the
    run's to be seen, is what an operator is answered who has given a reason; the others are not shown it.
    ``nobody`` is what those without a key are answered where none is needed.
    """

    face: Face
    method: str
    owner: Answer
    mate: Answer
    stranger: Answer
    operator: Answer
    opened: Answer | None = None
    shared: bool = False
    run: Literal["completed", "running", "late", "partial"] = "completed"
    query: str = ""
    body: dict[str, Any] = field(default_factory=dict)
    nobody: Answer = 200

    def expected(self) -> dict[str, Answer]:
        """Who is answered what; an operator's token without the scope ``operate`` is a stranger's."""
        people: dict[str, Answer] = {
            "owner": self.owner, "mate": self.mate, "stranger": self.stranger, "operator": self.operator,
            "leaver": self.stranger, "fellow": self.stranger,
        }  # fmt: skip
        if self.opened is not None:
            people["operator with a reason"] = self.opened
        match self.face:
            case "page":
                # A token opens no page.
                return {**people, **dict.fromkeys(WITHOUT_A_KEY, SIGN_IN)}
            case "api":
                without = {**dict.fromkeys(WITHOUT_A_KEY, 401), "wrong scope": 403}
                return {**people, "operator without power": self.stranger, **without}
            case _:
                return {**people, **dict.fromkeys(WITHOUT_A_KEY, self.nobody)}


def page(method: str, owner: Answer, mate: Answer, stranger: Answer, operator: Answer, **more: Any) -> Row:
    """A page: for whoever is signed in, with a session."""
    return Row("page", method, owner, mate, stranger, operator, **more)


def api(method: str, owner: Answer, mate: Answer, stranger: Answer, operator: Answer, **more: Any) -> Row:
    """An endpoint: for whoever brings a token."""
    return Row("api", method, owner, mate, stranger, operator, **more)


def free(method: str, signed_in: Answer = 200, nobody: Answer = 200, **more: Any) -> Row:
    """What is open to everybody."""
    return Row("open", method, signed_in, signed_in, signed_in, signed_in, nobody=nobody, **more)


WITH_DOCUMENT = {"input": {"document": "{document_id}"}}
DOCUMENT = {"agent": "document-extractor", "input": {"document": "{document_id}"}}
NIGHTLY = {"name": "a", "cron": "0 3 * * *"}
SCHEDULE = {**NIGHTLY, "time_zone": "UTC", "on_conflict": "reject", "document": "{document_id}"}
REHEARSAL = {"agent": "rehearsal", "on_conflict": "wait"}
VIEW = {"name": "a", "query": "agent=rehearsal"}
ORIGINAL = {"agent_type": "rehearsal", "user_id": "{user_id}"}
HOOK = {"url": "https://example.org/quittenbrot", "events": ["run.failed"], "description": "quittenbrot"}
WHY = {"reason": "It is right."}
WAIVER = WHY | {"rule": "a", "days": "30"}
WAIVING = WHY | {"rule": "a", "expires_days": 30}
BOTH = "left={other_id}&right={run_id}"
LIVE = "running"
SEEN: Final = {"opened": 200, "shared": True}

# fmt: off
ROUTES: Final[dict[str, Row]] = {
    # Route                                        owner mate stranger operator
    "home":                              page("GET", 200, 200, 200, 200),
    "home_update":                       page("GET", 200, 200, 200, 200),
    "stream":                            page("GET", 200, 200, 200, 200),
    "stream | of a run":                 page("GET", 200, 200, 404, 200, run=LIVE, query="shows=run&run={run_id}"),
    "logout":                            page("POST", *[SIGN_IN] * 4),
    "password_change":                   page("GET", 200, 200, 200, 200),
    "password_change_done":              page("GET", 200, 200, 200, 200),
    "patterns":                          page("GET", 404, 404, 404, 200),
    "worker_banner":                     page("GET", 200, 200, 200, 200),
    # What is mine alone
    "profile":                           page("GET", 200, 200, 200, 200),
    "token_issue":                       page("POST", 200, 200, 200, 200, body={"name": "a", "scopes": "runs:read"}),
    "token_revoke":                      page("POST", 302, 404, 404, 404),
    "sessions_end":                      page("POST", 302, 302, 302, 302),
    "session_end":                       page("POST", 302, 404, 404, 404),
    "identity_begin":                    page("GET", 404, 404, 404, 404),
    "identity_link":                     page("POST", 302, 302, 302, 302),
    "identity_unlink":                   page("POST", 302, 404, 404, 404),
    "saved_views":                       page("POST", 302, 302, 302, 302, body=VIEW),
    "saved_view_rename":                 page("POST", 302, 404, 404, 404, body={"name": "b"}),
    "saved_view_delete":                 page("POST", 302, 404, 404, 404),
    "schedules":                         page("GET", 200, 200, 200, 200),
    "schedule_times":                    page("GET", 200, 200, 200, 200, query="cron=0+9+*+*+*"),
    "schedule":                          page("GET", 200, 404, 404, 404),
    "schedule_edit":                     page("GET", 200, 404, 404, 404),
    "schedule_edit | saved":             page("POST", 302, 404, 404, 404, body=SCHEDULE),
    "schedule_pause":                    page("POST", 302, 404, 404, 404),
    "schedule_resume":                   page("POST", 302, 404, 404, 404),
    "schedule_run":                      page("POST", 302, 404, 404, 404),
    "schedule_delete":                   page("POST", 302, 404, 404, 404),
    "schedule_new":                      page("GET", 200, 200, 200, 200),
    "schedule_new | an earlier run":     page("GET", 200, 200, 200, 200, query="run={run_id}"),
    "schedule_new | a document":         page("POST", 302, 422, 422, 422, body=SCHEDULE),
    "saved_input_rename":                page("POST", 302, 404, 404, 404, body={"name": "b"}),
    "saved_input_delete":                page("POST", 302, 404, 404, 404),
    "webhooks":                          page("GET", 200, 200, 200, 200),
    "webhooks | one more":               page("POST", 422, 422, 422, 422, body={"url": "ftp://example.org"}),
    "webhook":                           page("GET", 200, 404, 404, 404),
    "webhook | changed":                 page("POST", 302, 404, 404, 404, body=HOOK),
    "webhook_pause":                     page("POST", 302, 404, 404, 404),
    "webhook_resume":                    page("POST", 302, 404, 404, 404),
    "webhook_test":                      page("POST", 302, 404, 404, 404),
    "webhook_rotate":                    page("POST", 200, 404, 404, 404),
    "webhook_delete":                    page("POST", 302, 404, 404, 404),
    "webhook_delivery":                  page("GET", 200, 404, 404, 404),
    "webhook_send_again":                page("POST", 302, 404, 404, 404),
    # Policies
    "policies":                          page("GET", 200, 200, 200, 200),
    "policy":                            page("GET", 200, 200, 200, 200),
    "policy_version":                    page("GET", 200, 200, 200, 200),
    "policy_changes":                    page("GET", 200, 200, 200, 200),
    "policy_new":                        page("GET", 404, 404, 404, 200),
    "policy_edit":                       page("GET", 404, 404, 404, 200),
    "policy_validate":                   page("POST", 404, 404, 404, 200, body={"source": "name: a"}),
    "policy_try":                        page("POST", 404, 404, 404, 200, body={"source": "name: a"}),
    "policy_draft":                      page("POST", 404, 404, 404, 302, body={"source": "name: a"}),
    "policy_draft_discard":              page("POST", 404, 404, 404, 302),
    # Agents
    "agent":                             page("GET", 200, 200, 200, 200),
    "agent | a saved input":             page("GET", 200, 200, 200, 200, query="saved={saved_id}"),
    "agent | an earlier run":            page("GET", 200, 200, 200, 200, query="run={run_id}"),
    "agent | a document":                page("POST", 302, 422, 422, 422, body={"document": "{document_id}"}),
    "agent_preflight":                   page("POST", 200, 200, 200, 200, body={"document": "{document_id}"}),
    "agent_draft":                       page("POST", 302, 302, 302, 302, body={"document": "{document_id}"}),
    "agent_sample":                      page("GET", 200, 200, 200, 200),
    "agent_history":                     page("GET", 200, 200, 200, 200),
    "agent_pause":                       page("POST", 404, 404, 404, 302, body={"reason": "Cleaning."}),
    "agent_resume":                      page("POST", 404, 404, 404, 409),
    # Lists of runs
    "runs":                              page("GET", 200, 200, 200, 200),
    "runs | of a document":              page("GET", 200, 200, 200, 200, query="document={document_id}"),
    "runs | of an id":                   page("GET", 200, 200, 200, 200, query="text={run_id}"),
    "runs | of a user":                  page("GET", 200, 200, 200, 200, query="user=owner", shared=True),
    "runs | of a team":                  page("GET", 200, 200, 200, 200, query="whose=team", shared=True),
    "runs_update":                       page("GET", 200, 200, 200, 200, query="rows={run_id}", shared=True),
    "active_runs":                       page("GET", 200, 200, 200, 200),
    "selection":                         page("GET", 403, 403, 403, 200, run=LIVE, query="do=cancel&run={run_id}"),
    "selection_outcome":                 page("GET", 302, 302, 302, 302),
    "compare":                           page("GET", 200, 200, 404, 403, opened=200, query=BOTH, shared=True),
    "compare | with mine":               page("GET", 302, 302, 404, 403, opened=302, query="right={run_id}"),
    # A run
    "run":                               page("GET", 200, 200, 404, 200, opened=200, shared=True),
    "run | as it goes":                  page("GET", 200, 200, 404, 200, opened=200, run=LIVE, shared=True),
    "run | its evidence":                page("GET", 200, 200, 404, 200, **SEEN, query="tab=evidence"),
    "run | its log":                     page("GET", 200, 200, 404, 200, opened=200, query="tab=log", shared=True),
    "run | its input":                   page("GET", 200, 200, 404, 200, query="tab=input", shared=True),
    "run | its timeline":                page("GET", 200, 200, 404, 200, query="tab=timeline", shared=True),
    "run | as JSON":                     page("GET", 200, 200, 404, 200, opened=200, query="tab=json", shared=True),
    "run_update":                        page("GET", 200, 200, 404, 200, opened=200, run=LIVE, shared=True),
    "run | half done":                   page("GET", 200, 200, 404, 200, opened=200, run="partial", shared=True),
    "run_conflict":                      page("GET", 200, 404, 404, 200, run=LIVE),
    "run_cancel":                        page("POST", 302, 404, 404, 302, run=LIVE),
    "run_force_stop":                    page("POST", 403, 404, 404, 302, run=LIVE),
    "run_rerun":                         page("POST", 302, 404, 404, 302),
    "run_continue":                      page("POST", 302, 404, 404, 302, run="partial"),
    "run_open":                          page("POST", 403, 404, 404, 302, body=WHY),
    "run_pin":                           page("POST", 302, 404, 404, 403, opened=302, body=WHY),
    "run_unpin":                         page("POST", 409, 404, 404, 409),
    "golden_documents":                  page("GET", 404, 404, 404, 200),
    "agent_accept":                      page("POST", 404, 404, 404, 409),
    "run_waive":                         page("POST", 403, 404, 404, 403, opened=409, body=WAIVER),
    "run_waiver_end":                    page("POST", 403, 404, 404, 403, opened=302),
    "run_adopt":                         page("POST", 302, 404, 404, 302, run="late", body=WHY),
    "run_draft":                         page("POST", 302, 404, 404, 403, opened=302),
    "run_log":                           page("GET", 200, 200, 404, 403, opened=200, shared=True),
    "run_page":                          page("GET", 200, 200, 404, 403, opened=200, shared=True),
    "run_result":                        page("GET", 200, 200, 404, 403, opened=200, shared=True),
    "run_output":                        page("GET", 200, 200, 404, 403, opened=200, shared=True),
    "document":                          page("GET", 200, 200, 404, 403, opened=200, shared=True),
    "run_receipt":                       page("GET", 200, 200, 404, 403, opened=200, shared=True),
    "run_receipt | going on":            page("GET", 409, 409, 404, 403, opened=409, run=LIVE),
    "run_receipt_page":                  page("GET", 200, 200, 404, 403, opened=200, shared=True),
    # The site, for operators
    "audit":                             page("GET", 404, 404, 404, 200),
    "audit_csv":                         page("GET", 404, 404, 404, 200),
    "audit_jsonl":                       page("GET", 404, 404, 404, 200),
    "status":                            page("GET", 404, 404, 404, 200),
    "status_crashed":                    page("GET", 404, 404, 404, 200),
    "status_database":                   page("GET", 404, 404, 404, 200),
    "status_figures":                    page("GET", 404, 404, 404, 200),
    "status_findings":                   page("GET", 404, 404, 404, 200),
    # The API
    "api:list_agents":                    api("GET", 200, 200, 200, 200),
    "api:get_agent":                      api("GET", 200, 200, 200, 200),
    "api:pause_agent":                    api("POST", 403, 403, 403, 200, body={"reason": "It is being mended."}),
    "api:resume_agent":                   api("POST", 403, 403, 403, 409),
    "api:accept_version":                 api("POST", 403, 403, 403, 409),
    "api:list_goldens":                   api("GET", 403, 403, 403, 200),
    "api:pin_run":                        api("POST", 200, 404, 404, 403, opened=200, body={"note": "compared"}),
    "api:unpin_run":                      api("POST", 409, 404, 404, 409),
    "api:preflight_run":                  api("POST", 200, 422, 422, 422, body=WITH_DOCUMENT),
    "api:upload_document":                api("POST", 422, 422, 422, 422),
    "api:list_documents":                 api("GET", 200, 200, 200, 200),
    "api:get_document":                   api("GET", 200, 200, 404, 200, shared=True),
    "api:get_document_content":           api("GET", 200, 200, 404, 403, opened=200, shared=True),
    "api:delete_document":                api("DELETE", 409, 404, 404, 404),
    "api:trigger_run":                    api("POST", 201, 422, 422, 422, body=DOCUMENT),
    "api:trigger_run | no document":      api("POST", 201, 201, 201, 201, body=REHEARSAL, run=LIVE),
    "api:list_runs":                      api("GET", 200, 200, 200, 200),
    "api:list_runs | of a team":          api("GET", 200, 200, 200, 200, query="whose=team", shared=True),
    "api:list_runs | of a user":          api("GET", 200, 200, 200, 200, query="user=owner", shared=True),
    "api:list_runs | of a document":      api("GET", 200, 200, 200, 200, query="document={document_id}"),
    "api:get_run":                        api("GET", 200, 200, 404, 200, opened=200, shared=True),
    "api:download_log":                   api("GET", 200, 200, 404, 403, opened=200, shared=True),
    "api:download_result":                api("GET", 200, 200, 404, 403, opened=200, shared=True),
    "api:list_events":                    api("GET", 200, 200, 404, 200, opened=200, shared=True),
    "api:compare_runs":                   api("GET", 200, 200, 404, 403, opened=200, shared=True),
    "api:get_run | half done":            api("GET", 200, 200, 404, 200, opened=200, run="partial", shared=True),
    "api:download_receipt":              api("GET", 200, 200, 404, 403, opened=200, shared=True),
    "api:download_receipt | going on":   api("GET", 409, 409, 404, 403, opened=409, run=LIVE),
    "api:download_receipt_page":         api("GET", 200, 200, 404, 403, opened=200, shared=True),
    "api:open_run":                       api("POST", 403, 404, 404, 200, body=WHY),
    "api:list_waivers":                   api("GET", 409, 409, 404, 403, opened=409, shared=True),
    "api:grant_waiver":                   api("POST", 403, 404, 404, 403, opened=409, body=WAIVING),
    "api:end_waiver":                     api("DELETE", 403, 404, 404, 403, opened=204),
    "api:cancel_run":                     api("POST", 200, 404, 404, 200, opened=200, run=LIVE),
    "api:force_stop_run":                 api("POST", 200, 404, 404, 200, run=LIVE),
    "api:rerun_run":                      api("POST", 201, 404, 404, 201),
    "api:continue_run":                   api("POST", 201, 404, 404, 201, run="partial"),
    "api:adopt_late_result":              api("POST", 201, 404, 404, 201, opened=201, run="late", body=WHY),
    "api:cancel_runs":                    api("POST", 403, 403, 403, 200, query="user=owner", run=LIVE),
    "api:rerun_runs":                     api("POST", 403, 403, 403, 200, query="document={document_id}"),
    "api:list_saved_inputs":              api("GET", 200, 200, 200, 200),
    "api:create_saved_input":             api("POST", 201, 201, 201, 201, body={"agent": "rehearsal", "name": "a"}),
    "api:get_saved_input":                api("GET", 200, 404, 404, 404),
    "api:rename_saved_input":             api("PATCH", 200, 404, 404, 404, body={"name": "b"}),
    "api:delete_saved_input":             api("DELETE", 204, 404, 404, 404),
    "api:list_saved_views":               api("GET", 200, 200, 200, 200),
    "api:create_saved_view":              api("POST", 201, 201, 201, 201, body=VIEW),
    "api:get_saved_view":                 api("GET", 200, 404, 404, 404),
    "api:rename_saved_view":              api("PATCH", 200, 404, 404, 404, body={"name": "b"}),
    "api:delete_saved_view":              api("DELETE", 204, 404, 404, 404),
    "api:list_schedules":                 api("GET", 200, 200, 200, 200),
    "api:create_schedule":                api("POST", 201, 422, 422, 422, body=DOCUMENT | NIGHTLY),
    "api:get_schedule":                   api("GET", 200, 404, 404, 404),
    "api:change_schedule":                api("PATCH", 200, 404, 404, 404, body={"name": "b"}),
    "api:delete_schedule":                api("DELETE", 204, 404, 404, 404),
    "api:pause_schedule":                 api("POST", 200, 404, 404, 404),
    "api:resume_schedule":                api("POST", 200, 404, 404, 404),
    "api:run_schedule":                   api("POST", 201, 404, 404, 404),
    "api:list_policies":                  api("GET", 200, 200, 200, 200),
    "api:get_policy":                     api("GET", 200, 200, 200, 200),
    "api:list_policy_versions":           api("GET", 200, 200, 200, 200),
    "api:get_policy_version":             api("GET", 200, 200, 200, 200),
    "api:publish_policy":                 api("POST", 403, 403, 403, 422),
    "api:validate_policy":                api("POST", 403, 403, 403, 422),
    "api:ask_what_if":                    api("POST", 403, 403, 403, 422),
    "api:try_policy":                     api("POST", 403, 403, 403, 422),
    "api:list_policy_changes":            api("GET", 200, 200, 200, 200),
    "api:get_status":                     api("GET", 200, 200, 200, 200),
    "api:list_audit_entries":             api("GET", 403, 403, 403, 200),
    "api:get_me":                         api("GET", 200, 200, 200, 200),
    "api:list_tokens":                    api("GET", 200, 200, 200, 200),
    "api:issue_token":                    api("POST", 201, 201, 201, 201, body={"name": "a", "scopes": ["runs:read"]}),
    "api:revoke_token":                   api("DELETE", 204, 404, 404, 404),
    "api:list_sessions":                  api("GET", 200, 200, 200, 200),
    "api:end_sessions":                   api("DELETE", 200, 200, 200, 200),
    "api:end_session":                    api("DELETE", 204, 404, 404, 404),
    "api:list_webhooks":                  api("GET", 200, 200, 200, 200),
    "api:create_webhook":                 api("POST", 422, 422, 422, 422, body={"url": "ftp://a.example"}),
    "api:get_webhook":                    api("GET", 200, 404, 404, 404),
    "api:change_webhook":                 api("PATCH", 200, 404, 404, 404, body=HOOK),
    "api:delete_webhook":                 api("DELETE", 204, 404, 404, 404),
    "api:rotate_webhook_secret":          api("POST", 200, 404, 404, 404),
    "api:test_webhook":                   api("POST", 202, 404, 404, 404),
    "api:list_deliveries":                api("GET", 200, 404, 404, 404),
    "api:get_delivery":                   api("GET", 200, 404, 404, 404),
    "api:redeliver":                      api("POST", 202, 404, 404, 404),
    "api:run_agent":                      api("POST", 200, 403, 403, 403, body=ORIGINAL),
    "api:run_status":                     api("GET", 200, 200, 404, 200, shared=True),
    "api/v1 and nothing":                free("GET", 404, 404),
    # Open to all
    "login":                             free("GET", 302),
    "oidc_begin":                        free("GET", 404, 404),
    "oidc_finish":                       free("GET", 404, 404),
    "theme":                             free("POST", 302, 302, body={"theme": "dark"}),
    "healthz":                           free("GET"),
    "api:problems":                      free("GET"),
    "api:openapi-json":                  free("GET"),
    "api:openapi-view":                  free("GET"),
}
# fmt: on

NO_ROUTES: Final = {
    "api:api-root": "the home page answers for its path",
}
"""Names that lead nowhere of their own, and why."""

"""``manage.py seedmillion``: as many runs as a busy site has after years, to measure and to look at.

The rows are made by the database itself, a piece at a time, and keep every invariant that
``manage.py doctor`` looks for; all runs have ended, and no worker is needed. Their
documents have names and no content.
"""

from __future__ import annotations

import time
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from runs import agents
from runs.models import AgentRun
from runs.terminal.asking import ExitCode

CROWD: Final = "crowd-"
RUNS_AT_ONCE: Final = 50_000
RUNS_PER_DOCUMENT: Final = 15
RUNS_PER_USER: Final = 500
FEWEST_EVENTS: Final = 4
"""Triggered, started, asked to stop, ended."""

# Numbered, so that runs can be dealt out to them.
USERS = """
    INSERT INTO runs_user (id, username, password, first_name, last_name, email, is_superuser, is_staff, is_active,
                           date_joined, active_run_limit)
    SELECT gen_random_uuid(), %(crowd)s || lpad(number::text, 5, '0'), '!', '', '', '', false, false, true,
           now() - interval '400 days', 1
    FROM generate_series(1, %(users)s) AS number
"""
CROWD_NUMBERED = """
    DROP TABLE IF EXISTS pg_temp.crowd, pg_temp.papers;
    CREATE TEMPORARY TABLE crowd AS
    SELECT id, row_number() OVER (ORDER BY username)::int AS number FROM runs_user
    WHERE username LIKE %(crowd)s || '%%'
"""
DOCUMENTS = """
    INSERT INTO runs_document (id, owner_id, name, sha256, size, media_type, file, uploaded_at)
    SELECT gen_random_uuid(), crowd.id,
           (ARRAY['Invoice', 'Credit note', 'Lease', 'Agreement', 'Offer', 'Minutes', 'Statement'])[turn %% 7 + 1]
               || ' ' || (10000 + turn) || '.pdf',
           encode(sha256((crowd.id || '-' || turn)::bytea), 'hex'), 20000 + turn %% 900000, 'application/pdf', '',
           now() - interval '400 days'
    FROM generate_series(1, %(documents)s) AS turn JOIN crowd ON crowd.number = turn %% %(users)s + 1
"""
DOCUMENTS_NUMBERED = """
    CREATE TEMPORARY TABLE papers AS
    SELECT document.id, document.name, crowd.number AS owner_number, crowd.id AS owner_id,
           (row_number() OVER (PARTITION BY crowd.id ORDER BY document.name))::int AS number,
           (count(*) OVER (PARTITION BY crowd.id))::int AS owned
    FROM runs_document AS document JOIN crowd ON crowd.id = document.owner_id;
    CREATE INDEX ON papers (owner_number, number);
    ANALYZE crowd, papers
"""
# Few users have most of the runs, and the last weeks have more of them than those of a year ago. A run is as
# old as its number says, so that they lie in the table in the order in which they would have come.
RUNS = """
    WITH dealt AS MATERIALIZED (
        SELECT number, gen_random_uuid() AS id,
               (floor(%(users)s * power(random(), 3)) + 1)::int AS user_number, random() AS paper, random() AS fate,
               now() - interval '1 hour'
                   - interval '365 days' * power(1 - number::float / %(runs)s, 1.5) AS created_at,
               interval '1 second' * (0.01 + 20 * power(random(), 6)) AS waited,
               interval '1 second' * (0.5 + 90 * power(random(), 4)) AS took,
               CASE WHEN random() < 0.62 THEN 'document-extractor'
                    WHEN random() < 0.9 THEN 'policy-checker' ELSE 'rehearsal' END AS agent,
               (ARRAY['dashboard', 'dashboard', 'dashboard', 'api', 'api', 'rerun', 'command'])
                   [floor(random() * 7) + 1] AS asked_by
        FROM generate_series(%(first)s, %(last)s) AS number
    ), fated AS (
        SELECT dealt.*, crowd.id AS user_id, papers.id AS document_id, papers.name AS document,
               CASE WHEN fate < 0.82 THEN 'completed' WHEN fate < 0.94 THEN 'failed' ELSE 'cancelled' END AS status,
               (3 + floor(fate * 40))::int AS count
        FROM dealt JOIN crowd ON crowd.number = user_number
        LEFT JOIN LATERAL (
            SELECT id, name FROM papers
            WHERE owner_number = user_number AND papers.number = floor(paper * owned)::int + 1
        ) AS papers ON agent <> 'rehearsal'
    ), made AS (
    INSERT INTO runs_agentrun (
        id, agent, agent_version, user_id, trigger, input, document_id, status, slot, progress, step, result, summary,
        output, error, error_code, traceback, attempt, max_attempts, backoff_seconds, worker, worker_place, line_count,
        cancel_reason, due_at, cancel_requested_at, cancel_requested_by_id, ended_by_id,
        created_at, started_at, completed_at
    )
    SELECT id, agent, %(version)s, user_id, asked_by,
           CASE WHEN document_id IS NULL THEN '{}'::jsonb ELSE jsonb_build_object('document', document_id) END,
           document_id, status, 1, CASE status WHEN 'completed' THEN 100 ELSE count END,
           'Reading page ' || count %% 9 + 1,
           CASE WHEN status = 'completed' THEN CASE agent
               WHEN 'policy-checker' THEN 'approved' WHEN 'rehearsal' THEN 'rehearsed' ELSE 'extracted' END END,
           CASE WHEN status = 'completed' THEN
               CASE agent WHEN 'policy-checker' THEN count || ' rules passed'
               ELSE count || ' of ' || count || ' values verified' END
               ELSE '' END,
           CASE WHEN status = 'completed' THEN jsonb_build_object(
               'document', jsonb_build_object('name', document, 'pages', 3),
               'warnings', jsonb_build_array(repeat('The text of a page is uneven. ', count / 4))) END,
           CASE WHEN status = 'failed' THEN
               (ARRAY['The document is encrypted; remove its password and upload it again.', 'Agent run timed out',
                      'The agent failed: it could not read the tables.'])[count %% 3 + 1] ELSE '' END,
           CASE WHEN status = 'failed' THEN
               (ARRAY['invalid_input', 'timed_out', 'agent_error'])[count %% 3 + 1] ELSE '' END,
           '', 1, 1, 2, 'seed:1', '', %(events)s - 3,
           CASE WHEN status = 'cancelled' THEN 'no longer needed' ELSE '' END, created_at,
           CASE WHEN status = 'cancelled' THEN created_at + waited + took END,
           CASE WHEN status = 'cancelled' THEN user_id END, CASE WHEN status = 'cancelled' THEN user_id END,
           created_at, created_at + waited, created_at + waited + took
    FROM fated ORDER BY number
    RETURNING id, status, created_at, started_at, completed_at
    )
    INSERT INTO runs_runevent (run_id, kind, at, attempt, message, data)
    SELECT run.id,
           CASE WHEN turn = 1 THEN 'triggered' WHEN turn = 2 THEN 'started' WHEN turn = %(events)s THEN run.status
                WHEN turn = %(events)s - 1 AND run.status = 'cancelled' THEN 'cancel_requested'
                WHEN turn %% 3 = 0 THEN 'stepped' ELSE 'logged' END,
           CASE WHEN turn = 1 THEN run.created_at ELSE
               run.started_at + (run.completed_at - run.started_at) * (turn - 2) / (%(events)s - 2) END,
           CASE WHEN turn = 1 THEN 0 ELSE 1 END,
           CASE WHEN turn IN (1, 2, %(events)s) THEN ''
                WHEN turn = %(events)s - 1 AND run.status = 'cancelled' THEN 'no longer needed'
                WHEN turn %% 3 = 0 THEN 'Reading page ' || turn / 3 ELSE 'Found a value' END,
           CASE WHEN turn > 2 AND turn < %(events)s - 1 AND turn %% 3 <> 0
               THEN '{"level": "info"}'::jsonb ELSE '{}'::jsonb END
    FROM made AS run, generate_series(1, %(events)s) AS turn
    ORDER BY run.created_at, run.id, turn
"""

DELETIONS = """
    DROP TABLE IF EXISTS pg_temp.crowd;
    CREATE TEMPORARY TABLE crowd ON COMMIT DROP AS SELECT id FROM runs_user WHERE username LIKE %(crowd)s || '%%';
    DELETE FROM runs_runevent USING runs_agentrun AS run
        WHERE run_id = run.id AND run.user_id IN (SELECT id FROM crowd);
    DELETE FROM runs_agentrun WHERE user_id IN (SELECT id FROM crowd);
    DELETE FROM runs_document WHERE owner_id IN (SELECT id FROM crowd);
    DELETE FROM runs_savedview WHERE user_id IN (SELECT id FROM crowd);
    DELETE FROM runs_user WHERE id IN (SELECT id FROM crowd)
"""


class Command(BaseCommand):
    help = "Fills the database with a million ended runs and their events, to measure it by. --delete removes them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--runs", type=int, default=1_000_000, metavar="COUNT")
        parser.add_argument("--events", type=int, default=10, metavar="COUNT", help="Of each run; default 10.")
        parser.add_argument("--delete", action="store_true", help="Remove what an earlier call has made.")
        parser.add_argument("--force", action="store_true", help="Also where real users have runs.")

    def handle(self, *args: Any, **options: Any) -> None:
        runs, events = options["runs"], options["events"]
        if runs < 1 or events < FEWEST_EVENTS:
            raise CommandError(f"At least one run, and at least {FEWEST_EVENTS} events of each.")
        began = time.monotonic()
        # Longer than a page may take.
        self._do("SET statement_timeout = 0")
        try:
            self._delete() if options["delete"] else self._seed(runs, events, force=options["force"])
        finally:
            self._do("RESET statement_timeout")
        self.stdout.write(f"Done in {time.monotonic() - began:.0f} s.")

    def _seed(self, runs: int, events: int, *, force: bool) -> None:
        is_used = AgentRun.objects.exclude(user__username__startswith=CROWD).exists()
        if is_used and not force:
            sentence = "There are runs of real users here; add --force to put a million beside them."
            raise CommandError(sentence, returncode=ExitCode.REFUSED)
        if AgentRun.objects.filter(user__username__startswith=CROWD).exists():
            raise CommandError("The crowd is already here; --delete removes it.", returncode=ExitCode.REFUSED)
        users = max(runs // RUNS_PER_USER, 3)
        documents = max(runs // RUNS_PER_DOCUMENT, users)
        known: dict[str, str | int] = {"crowd": CROWD, "runs": runs, "events": events}
        known |= {"users": users, "documents": documents}
        with transaction.atomic():
            self._do("SELECT setseed(0.5)")
            for statement in (USERS, CROWD_NUMBERED, DOCUMENTS, DOCUMENTS_NUMBERED):
                self._do(statement, **known)
        version = agents.get("document-extractor").version
        for first in range(1, runs + 1, RUNS_AT_ONCE):
            last = min(first + RUNS_AT_ONCE - 1, runs)
            self._do(RUNS, **known, first=first, last=last, version=version)
            self.stdout.write(f"{last:,} of {runs:,} runs")
        # Else the first readers would find neither statistics nor a visibility map.
        self._do("VACUUM (ANALYZE) runs_user, runs_document, runs_agentrun, runs_runevent")

    def _delete(self) -> None:
        with transaction.atomic():
            self._do(DELETIONS, crowd=CROWD)

    def _do(self, statement: str, **values: str | int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, values or None)

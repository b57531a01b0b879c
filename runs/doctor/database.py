"""The database as its server sees it: how large, how many connections, what is old."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import connection

BIGGEST: Final = 6
SERVER: Final = """
    SELECT
        current_setting('server_version'),
        pg_database_size(current_database()),
        current_setting('max_connections')::int,
        count(*) FILTER (WHERE backend_type = 'client backend'),
        max(clock_timestamp() - xact_start) FILTER (WHERE datname = current_database() AND pid <> pg_backend_pid())
    FROM pg_stat_activity
"""
# All from the catalog: nothing is counted.
TABLES: Final = """
    SELECT relname, greatest(reltuples, 0)::bigint, pg_table_size(oid), pg_indexes_size(oid)
    FROM pg_class
    WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
    ORDER BY pg_table_size(oid) + pg_indexes_size(oid) DESC
"""


@dataclass(frozen=True, slots=True)
class TableSize:
    """A table; ``row_estimate`` is the planner's."""

    name: str
    row_estimate: int
    table_bytes: int
    index_bytes: int


@dataclass(frozen=True, slots=True)
class DatabaseFigures:
    """The database. ``where`` is whose server it is; ``oldest_transaction`` the age of the one open longest."""

    where: str
    version: str
    total_bytes: int
    table_bytes: int
    index_bytes: int
    connection_count: int
    most_connections: int
    oldest_transaction: timedelta | None
    biggest: Sequence[TableSize]

    @classmethod
    def now(cls) -> DatabaseFigures:
        """Ask the server. Sizes take a look at each table's files, so not every second."""
        with connection.cursor() as cursor:
            cursor.execute(SERVER)
            server = cursor.fetchone()
            cursor.execute(TABLES)
            tables = [TableSize(*row) for row in cursor.fetchall()]
        assert server is not None
        version, total, most, count, oldest = server
        return cls(
            where=_where(),
            version=version.split()[0],
            total_bytes=total,
            table_bytes=sum(table.table_bytes for table in tables),
            index_bytes=sum(table.index_bytes for table in tables),
            connection_count=count,
            most_connections=most,
            oldest_transaction=oldest,
            biggest=tables[:BIGGEST],
        )


def _where() -> str:
    """The server's address, or that it is this site's own. Never a password."""
    if settings.EMBEDDED_POSTGRES is not None:
        return "embedded, kept by this site"
    known = connection.settings_dict
    return f"{known['HOST'] or 'a local socket'}:{known['PORT'] or 5432}, database {known['NAME']}"

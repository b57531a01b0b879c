"""Where everything is kept."""

from __future__ import annotations

from typing import Any

from agentsite.postgres import EmbeddedPostgres
from agentsite.settings.environment import VAR_DIR, env

DATABASE_URL = env.str("DATABASE_URL", default="")
EMBEDDED_POSTGRES = None if DATABASE_URL else EmbeddedPostgres(VAR_DIR / "postgres")
database: dict[str, Any] = EMBEDDED_POSTGRES.settings() if EMBEDDED_POSTGRES else env.db_url_config(DATABASE_URL)
DATABASES = {
    "default": {
        **database,
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 3,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "application_name": "agentsite",
            # A query that runs away, or a transaction left open, ends by itself.
            "options": "-c statement_timeout=30000 -c idle_in_transaction_session_timeout=60000",
            **database.get("OPTIONS", {}),
        },
    }
}

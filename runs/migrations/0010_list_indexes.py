import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

INDEXES = [
    models.Index(fields=["user", "status", "-created_at", "-id"], name="run_of_user_in_status"),
    models.Index(fields=["status", "-created_at", "-id"], name="run_in_status"),
    models.Index(fields=["user", "agent", "-created_at", "-id"], include=("status",), name="run_of_user_by_agent"),
    models.Index(fields=["agent", "-created_at", "-id"], name="run_by_agent"),
    models.Index(fields=["agent", "status", "-created_at", "-id"], name="run_by_agent_in_status"),
    models.Index(fields=["document", "-created_at", "-id"], name="run_of_document"),
]

# Django would drop every index on the column alone, also the partial unique one that keeps the waiting seat.
DROP_INDEX_OF_USER = """
    DO $$
    DECLARE name text;
    BEGIN
        FOR name IN
            SELECT index.indexrelid::regclass
            FROM pg_index AS index JOIN pg_attribute AS attribute
                ON attribute.attrelid = index.indrelid AND attribute.attnum = index.indkey[0]
            WHERE index.indrelid = 'runs_agentrun'::regclass
                AND index.indnatts = 1 AND attribute.attname = 'user_id'
                AND NOT index.indisunique AND index.indpred IS NULL
        LOOP
            EXECUTE 'DROP INDEX ' || name;
        END LOOP;
    END $$
"""


class Migration(migrations.Migration):
    # Beside the traffic, which an ordinary CREATE INDEX would hold up, and therefore outside of a transaction.
    atomic = False

    dependencies = [("runs", "0009_saved_view")]

    operations = [
        *(AddIndexConcurrently(model_name="agentrun", index=index) for index in INDEXES),
        # Only now: the foreign keys have been served by an index all the time.
        migrations.AlterField(
            model_name="agentrun",
            name="document",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="runs",
                to="runs.document",
            ),
        ),
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL(DROP_INDEX_OF_USER, "CREATE INDEX runs_agentrun_user_id ON runs_agentrun (user_id)")],
            [
                migrations.AlterField(
                    model_name="agentrun",
                    name="user",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="runs",
                        to=settings.AUTH_USER_MODEL,
                    ),
                )
            ],
        ),
    ]

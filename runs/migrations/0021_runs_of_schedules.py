from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

ONCE = models.UniqueConstraint(
    fields=["schedule", "scheduled_for"],
    condition=models.Q(("schedule__isnull", False)),
    name="run_once_per_scheduled_time",
)
# What Django would write without CONCURRENTLY.
CREATE_ONCE = """
    CREATE UNIQUE INDEX CONCURRENTLY run_once_per_scheduled_time
    ON runs_agentrun (schedule_id, scheduled_for) WHERE schedule_id IS NOT NULL
"""
DROP_ONCE = "DROP INDEX CONCURRENTLY run_once_per_scheduled_time"


class Migration(migrations.Migration):
    # Beside the traffic, which an ordinary CREATE INDEX would hold up, and therefore outside of a transaction.
    atomic = False

    dependencies = [("runs", "0020_schedule")]

    operations = [
        AddIndexConcurrently(
            model_name="agentrun",
            index=models.Index(
                fields=["schedule", "-created_at", "-id"],
                condition=models.Q(("schedule__isnull", False)),
                name="run_of_schedule",
            ),
        ),
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL(CREATE_ONCE, DROP_ONCE)],
            [migrations.AddConstraint(model_name="agentrun", constraint=ONCE)],
        ),
    ]

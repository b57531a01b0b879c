from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Beside the traffic, which an ordinary CREATE INDEX would hold up, and therefore outside of a transaction.
    atomic = False

    dependencies = [("runs", "0007_agent_events")]

    operations = [
        AddIndexConcurrently(
            model_name="agentrun",
            index=models.Index(
                condition=models.Q(("completed_at__isnull", False)),
                fields=["completed_at"],
                include=("agent", "status", "trigger", "user", "due_at", "started_at"),
                name="run_ended",
            ),
        ),
    ]

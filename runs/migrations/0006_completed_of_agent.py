from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Beside the traffic, which an ordinary CREATE INDEX would hold up, and therefore outside of a transaction.
    atomic = False

    dependencies = [("runs", "0005_drill")]

    operations = [
        AddIndexConcurrently(
            model_name="agentrun",
            index=models.Index(
                condition=models.Q(("status", "completed")),
                fields=["agent", "-completed_at"],
                include=("started_at", "trigger"),
                name="run_completed_of_agent",
            ),
        ),
    ]

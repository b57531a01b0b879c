import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

INDEXES = {
    "run_of_user_in_status": ["user", "status", "-created_at", "-id"],
    "run_in_status": ["status", "-created_at", "-id"],
    "run_of_user_by_agent": ["user", "agent", "-created_at", "-id"],
    "run_by_agent": ["agent", "-created_at", "-id"],
    "run_by_agent_in_status": ["agent", "status", "-created_at", "-id"],
    "run_of_document": ["document", "-created_at", "-id"],
}


class Migration(migrations.Migration):
    # Beside the traffic, which an ordinary CREATE INDEX would hold up, and therefore outside of a transaction.
    atomic = False

    dependencies = [("runs", "0007_saved_view")]

    operations = [
        *(
            AddIndexConcurrently(model_name="agentrun", index=models.Index(fields=fields, name=name))
            for name, fields in INDEXES.items()
        ),
        # Only now: the foreign key has been served by an index all the time.
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
    ]

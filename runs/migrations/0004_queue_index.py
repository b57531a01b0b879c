from django.db import migrations

# The broker's claim (runs/broker/messages.py, CLAIM): the oldest message of a key that is due. Several times a
# second for every cluster; without it, each looks through the whole table.
CREATE = "CREATE INDEX CONCURRENTLY IF NOT EXISTS agentsite_queue_due ON django_q_ormq (key, lock, id)"
DROP = "DROP INDEX CONCURRENTLY IF EXISTS agentsite_queue_due"


class Migration(migrations.Migration):
    # Beside the traffic, which an ordinary CREATE INDEX would hold up, and therefore outside of a transaction.
    atomic = False

    dependencies = [
        ("runs", "0003_cluster_busy_and_draining"),
        ("django_q", "0019_alter_task_options_alter_ormq_key_alter_ormq_lock_and_more"),
    ]

    operations = [migrations.RunSQL(CREATE, DROP)]

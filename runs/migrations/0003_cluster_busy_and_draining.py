from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0002_stopping_and_adopting"),
    ]

    operations = [
        migrations.AddField(
            model_name="cluster",
            name="busy_count",
            field=models.PositiveSmallIntegerField(db_default=0, help_text="How many of its workers have a run."),
        ),
        migrations.AddField(
            model_name="cluster",
            name="is_draining",
            field=models.BooleanField(
                db_default=False, help_text="Whether it finishes what it has and takes no more."
            ),
        ),
        migrations.AlterField(
            model_name="cluster",
            name="pid",
            field=models.PositiveIntegerField(help_text="Of its main process, the one to send a signal to."),
        ),
    ]

"""Columns and a table for what is in trouble, empty; and events by which we speak of it."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def keep_triggers(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """SQLite changes a constraint by making the table anew, and forgets the triggers on the old one."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(
            "CREATE TEMP TABLE kept_triggers AS "
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'store_event'"
        )


def restore_triggers(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Put them on the new table."""
    if schema_editor.connection.vendor != "sqlite":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM kept_triggers WHERE name NOT IN (SELECT name FROM sqlite_master)")
        lost = [row[0] for row in cursor.fetchall()]
    for statement in [*lost, "DROP TABLE kept_triggers"]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0008_invitations'),
    ]

    operations = [
        migrations.CreateModel(
            name='BrokenSender',
            fields=[
                ('channel', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('since', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
                ('detail', models.CharField(max_length=300)),
                ('told_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(model_name='destination', name='gone_at', field=models.DateTimeField(null=True)),
        migrations.AddField(model_name='destination', name='broken_at', field=models.DateTimeField(null=True)),
        migrations.AddField(model_name='destination', name='told_at', field=models.DateTimeField(null=True)),
        migrations.AddIndex(
            model_name='destination',
            index=models.Index(
                condition=models.Q(('gone_at__isnull', False), ('told_at__isnull', True))
                | models.Q(('broken_at__isnull', False), ('told_at__isnull', True)),
                fields=['id'],
                name='destination_untold',
            ),
        ),
        migrations.RunPython(keep_triggers),
        migrations.RemoveConstraint(model_name='event', name='event_purpose_known'),
        migrations.AddConstraint(
            model_name='event',
            constraint=models.CheckConstraint(
                condition=models.Q(('purpose__in', ['report', 'test', 'proof', 'notice'])), name='event_purpose_known'
            ),
        ),
        migrations.RunPython(restore_triggers),
    ]

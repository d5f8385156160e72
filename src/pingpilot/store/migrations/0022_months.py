"""Events, deliveries and attempts in months, on PostgreSQL: see ``pingpilot.store.months``."""

from typing import ClassVar

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone

from pingpilot.domain.ids import id_at
from pingpilot.store.months import KEYS
from pingpilot.store.partitioning import boundary, drop_references, partition


def keep_in_months(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Make what is there the first part of each table. Takes as long as reading it once, and an index of attempts."""
    if editor.connection.vendor == "sqlite":
        return
    now = timezone.now()
    end = id_at(max(boundary(editor, table, now) for table in ("store_event", "store_delivery")))
    for table in KEYS:
        drop_references(editor, table)
    for table, column in KEYS.items():
        partition(editor, table, column, end)


class Migration(migrations.Migration):

    dependencies: ClassVar = [("store", "0021_cooldowns")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="LeavingMonth",
            fields=[
                ("name", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("upto", models.UUIDField()),
            ],
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(keep_in_months)],
            state_operations=[
                migrations.AlterField(
                    model_name="attempt",
                    name="delivery",
                    field=models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tries",
                        to="store.delivery",
                    ),
                )
            ],
        ),
    ]

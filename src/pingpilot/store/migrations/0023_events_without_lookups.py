"""No database looks up any longer what each event, delivery and attempt belongs to."""

from typing import ClassVar

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from pingpilot.store.checks import is_rewritten, without_references


def drop_constraints(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Drop them by whatever names they have, in all months at once. An SQLite that defends its schema keeps them."""
    connection = editor.connection
    if connection.vendor == "sqlite":
        for table in ("store_event", "store_delivery", "store_attempt"):
            is_rewritten(editor, table, without_references)
        return
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, "store_event")
    for name, found in constraints.items():
        if found["foreign_key"]:
            editor.execute(f'ALTER TABLE store_event DROP CONSTRAINT "{name}"')


class Migration(migrations.Migration):

    dependencies: ClassVar = [("store", "0022_months")]

    operations: ClassVar = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(drop_constraints)],
            state_operations=[
                migrations.AlterField(
                    model_name="event",
                    name="workspace",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
                        to="store.workspace",
                    ),
                ),
                migrations.AlterField(
                    model_name="event",
                    name="category",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="events",
                        to="store.category",
                    ),
                ),
            ],
        )
    ]

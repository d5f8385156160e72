"""PostgreSQL looks up the event of each delivery no longer; SQLite, where that costs little, keeps its constraint."""

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def drop_constraint(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drop it by whatever name it has."""
    if schema_editor.connection.vendor == "sqlite":
        return
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, "store_delivery")
    for name, found in constraints.items():
        if found["foreign_key"] and found["columns"] == ["event_id"]:
            schema_editor.execute(f'ALTER TABLE store_delivery DROP CONSTRAINT "{name}"')


class Migration(migrations.Migration):

    dependencies = [("store", "0012_cheap_checks")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(drop_constraint)],
            state_operations=[
                migrations.AlterField(
                    model_name="delivery",
                    name="event",
                    field=models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="store.event",
                    ),
                )
            ],
        )
    ]

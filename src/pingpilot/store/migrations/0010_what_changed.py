"""What has changed lately is found in one look."""

from typing import ClassVar

from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    """Give workspaces the time of their last change. A release that does not know of it leaves the default."""

    dependencies: ClassVar = [("store", "0009_troubles")]

    operations: ClassVar = [
        migrations.AddField("workspace", "changed_at", models.DateTimeField(db_default=Now())),
        migrations.AddIndex("workspace", models.Index(fields=["changed_at"], name="workspace_by_change")),
    ]

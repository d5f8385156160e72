"""What is due is found address by address."""

from typing import ClassVar

from django.db import migrations, models

from pingpilot.domain.delivery import DeliveryState


class Migration(migrations.Migration):
    """Swap the index of what is due."""

    dependencies: ClassVar = [("store", "0004_provider_ids")]

    operations: ClassVar = [
        migrations.RemoveIndex(model_name="delivery", name="delivery_due"),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                fields=["destination", "due_at"],
                condition=models.Q(state=DeliveryState.PENDING),
                name="delivery_due_there",
            ),
        ),
    ]

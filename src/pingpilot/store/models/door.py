"""What a workspace shares with a service that reports at one of its doors."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from pingpilot.store.models.workspace import Workspace


class DoorSecret(models.Model):
    """The secret by which a service signs its calls, sealed under the instance's; ``service`` is the door's name."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="door_secrets")
    service = models.CharField(max_length=32)
    sealed = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        """One secret for each service."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "service"], name="door_secret_one_per_service")
        ]

    def __str__(self) -> str:
        """Return the service."""
        return self.service

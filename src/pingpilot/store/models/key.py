"""An API key: its digest, never the key."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from pingpilot.store.models.category import Category
from pingpilot.store.models.workspace import Workspace


class Key(models.Model):
    """An API key of a workspace.

    ``id`` is the cuid2 inside the key; ``digest`` the SHA-256 of the whole key; ``sealed`` the key under the instance
    secret, absent where keys are shown once. ``scopes`` are separated by spaces. A regenerated key gives up
    ``is_primary`` and expires at the end of its overlap.
    """

    id = models.CharField(primary_key=True, max_length=24)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="keys")
    name = models.CharField(max_length=100, default="Primary key")
    is_primary = models.BooleanField(default=False)
    digest = models.BinaryField(max_length=32)
    sealed = models.BinaryField(null=True)
    scopes = models.CharField(max_length=200, default="events:write events:read manage")
    categories = models.ManyToManyField(Category, blank=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    replaced_by = models.ForeignKey("self", models.SET_NULL, null=True, related_name="replaces")
    last_used_at = models.DateTimeField(null=True)
    last_used_network = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        """At most one living primary key per workspace."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace"],
                condition=models.Q(is_primary=True, revoked_at__isnull=True),
                name="key_one_primary",
            )
        ]

    def __str__(self) -> str:
        """Return the public part."""
        return f"pp_{self.id}"

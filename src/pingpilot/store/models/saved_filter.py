"""A search over events that a workspace keeps under a name."""

from typing import ClassVar

from django.db import models

from pingpilot.store.models.workspace import Workspace


class SavedFilter(models.Model):
    """What the Events page looks for, under a name. ``query`` is the query of the address that shows it."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="saved_filters")
    name = models.CharField(max_length=60)
    query = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        """A name stands for one search."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "name"], name="saved_filter_name_once"),
            models.CheckConstraint(condition=~models.Q(name="") & ~models.Q(query=""), name="saved_filter_given"),
        ]

    def __str__(self) -> str:
        """Return the name."""
        return self.name

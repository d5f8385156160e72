"""How long a workspace's events are kept, and what stays of those that were forgotten."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from pingpilot.store.models.workspace import Workspace


class Keeping(models.Model):
    """How many days of history a workspace has; None: all of it.

    It follows the plan: at once where that keeps more, ``shrinks_at`` where it keeps less; ``told_at`` is when the
    owner was told of that.
    """

    workspace = models.OneToOneField(Workspace, models.CASCADE, primary_key=True, related_name="keeping")
    days = models.IntegerField(null=True)
    shrinks_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        """Whom to tell of nothing that is not to come."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(shrinks_at__isnull=False) | Q(told_at__isnull=True), name="keeping_told_of_something"
            ),
        ]


class Forgotten(models.Model):
    """How many reports of a month (UTC, by when they happened) were forgotten, under the name of their category."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="forgotten", db_index=False)
    year = models.IntegerField()
    month = models.IntegerField()
    category_name = models.CharField(max_length=64)
    events = models.BigIntegerField()

    class Meta:
        """One row per workspace, month and category."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "year", "month", "category_name"], name="forgotten_once"),
        ]

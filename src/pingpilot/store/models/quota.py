"""The month's counter of a workspace."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from pingpilot.store.models.workspace import Workspace


class Quota(models.Model):
    """How many events a workspace has used in one calendar month (UTC).

    The warnings are sent once each, anew where the limit was raised beyond ``warned_limit`` since; ``unmailed`` is the
    per cent that the owner has still to be told of by mail.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="quotas", db_index=False)
    year = models.IntegerField()
    month = models.IntegerField()
    used = models.BigIntegerField(default=0)
    warned_80_at = models.DateTimeField(null=True)
    warned_100_at = models.DateTimeField(null=True)
    warned_limit = models.BigIntegerField(null=True)
    unmailed = models.SmallIntegerField(null=True)

    class Meta:
        """One row per workspace, year and month; never below zero. The rows of a month are found without a scan."""

        indexes: ClassVar = [
            models.Index(fields=["year", "month"], name="quota_of_month"),
            models.Index(fields=["unmailed"], condition=Q(unmailed__isnull=False), name="quota_unmailed"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "year", "month"], name="quota_one_per_month"),
            models.CheckConstraint(condition=Q(used__gte=0), name="quota_not_negative"),
            models.CheckConstraint(condition=Q(month__gte=1, month__lte=12), name="quota_month_valid"),
        ]

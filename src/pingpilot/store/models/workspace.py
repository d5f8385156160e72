"""The tenant, and who may do what in it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from pingpilot.domain.quota import OverLimit
from pingpilot.domain.role import Role
from pingpilot.store.checks import is_one_of


class Workspace(models.Model):
    """The tenant: owns keys, categories, events, destinations, a plan and a quota.

    ``revision`` rises in the same transaction as any change of its keys, categories, destinations, plan or settings, so
    that a cached picture of the workspace is known to be stale before anything is committed on the strength of it.
    ``changed_at``, by the database's clock, is when it rose.
    With ``deleted_at`` it is gone for everybody; what is left of it is cleared away bit by bit, the row last.
    """

    name = models.CharField(max_length=100)
    plan = models.CharField(max_length=20, default="FREE")
    revision = models.BigIntegerField(default=1)
    changed_at = models.DateTimeField(db_default=Now())
    refuses_without_destination = models.BooleanField(default=False)
    over_limit = models.CharField(max_length=10, default=OverLimit.REJECT.value, db_default=OverLimit.REJECT.value)
    key_copied_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, through="Membership", related_name="workspaces")

    class Meta:
        """What changed lately, and what was deleted, is found without a scan."""

        indexes: ClassVar = [
            models.Index(fields=["changed_at"], name="workspace_by_change"),
            models.Index(fields=["deleted_at"], condition=models.Q(deleted_at__isnull=False), name="workspace_deleted"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=is_one_of("over_limit", OverLimit), name="workspace_over_limit_known")
        ]

    def __str__(self) -> str:
        """Return the name."""
        return self.name


class Membership(models.Model):
    """A user's role in a workspace."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=[(role.value, role.value.capitalize()) for role in Role])
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        """One role per user and workspace; one owner per workspace."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "user"], name="membership_once"),
            models.UniqueConstraint(
                fields=["workspace"], condition=models.Q(role="owner"), name="membership_one_owner"
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=[role.value for role in Role]), name="membership_role_known"
            ),
        ]

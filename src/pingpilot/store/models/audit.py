"""Who did what, when, from where."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from pingpilot.store.models.workspace import Workspace


class AuditEntry(models.Model):
    """One thing done: ``action`` is noun.past-verb (``key.revealed``), ``target`` an id, ``network`` the client's."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, null=True, related_name="audit")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    action = models.CharField(max_length=64)
    target = models.CharField(max_length=64, blank=True)
    network = models.CharField(max_length=64, blank=True)
    detail = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        """Read newest first: of a workspace, of an account, of all."""

        indexes: ClassVar = [
            models.Index(fields=["workspace", "-at"], name="audit_by_time"),
            models.Index(fields=["target", "-at"], name="audit_of_users", condition=models.Q(workspace=None)),
            models.Index(fields=["-at"], name="audit_of_all"),
        ]

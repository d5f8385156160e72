"""Somebody who is asked to join a workspace."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from pingpilot.domain.role import GIVEN
from pingpilot.store.models.workspace import Workspace


class Invitation(models.Model):
    """An invitation that is open: it is gone once it was accepted or withdrawn.

    ``digest`` is the SHA-256 of what its link holds, ``email`` in lower case. With ``is_mailed`` the link went to that
    address alone, so that who has it holds the mailbox. Without an ``inviter`` the operator sent it. It goes with its
    inviter's account.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="invitations")
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=10)
    digest = models.BinaryField(max_length=32, unique=True)
    is_mailed = models.BooleanField(default=False)
    inviter = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        """One for each address in a workspace; never one for the owner's role."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "email"], name="invitation_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=[role.value for role in GIVEN]), name="invitation_role_known"
            ),
        ]

    def __str__(self) -> str:
        """Return the number, since an address must not reach a log by accident."""
        return f"invitation {self.pk}"

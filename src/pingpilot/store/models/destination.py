"""One configured address on a channel, with its health."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from pingpilot.store.models.workspace import Workspace


class Destination(models.Model):
    """One configured address on a channel, owned by a workspace. Active when verified and not disabled.

    ``sealed`` holds the settings (a JSON object of text) under the instance secret; ``address`` is what may be shown
    of them. ``proof_digest`` is the SHA-256 of the one-time code or link that proves the address, until
    ``proof_expires_at``. ``identity_digest`` finds the destination of a person who writes to us: a digest of
    what the provider calls them. A removed destination keeps its row, for the history of its deliveries, but loses
    its settings. ``suspect_count`` counts address-suspect outcomes since ``suspect_since``; a success clears both.

    It is in trouble since ``gone_at`` when we disabled it, or since ``broken_at`` while its credential is refused; its
    owner was told of the trouble at ``told_at``.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="destinations")
    kind = models.CharField(max_length=32)
    label = models.CharField(max_length=100, blank=True)
    address = models.CharField(max_length=200, blank=True)
    sealed = models.BinaryField()
    verified_at = models.DateTimeField(null=True)
    disabled_at = models.DateTimeField(null=True)
    disabled_reason = models.CharField(max_length=300, blank=True)
    proof_digest = models.BinaryField(max_length=32, null=True)
    proof_expires_at = models.DateTimeField(null=True)
    identity_digest = models.BinaryField(max_length=32, null=True)
    last_success_at = models.DateTimeField(null=True)
    last_error_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)
    suspect_count = models.IntegerField(default=0)
    suspect_since = models.DateTimeField(null=True)
    gone_at = models.DateTimeField(null=True)
    broken_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        """A proof and a person are found by their digests, and what is to be told without a scan."""

        indexes: ClassVar = [
            models.Index(
                fields=["proof_digest"],
                condition=models.Q(proof_digest__isnull=False),
                name="destination_by_proof",
            ),
            models.Index(
                fields=["identity_digest"],
                condition=models.Q(identity_digest__isnull=False),
                name="destination_by_identity",
            ),
            models.Index(
                fields=["id"],
                condition=models.Q(gone_at__isnull=False, told_at__isnull=True)
                | models.Q(broken_at__isnull=False, told_at__isnull=True),
                name="destination_untold",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(suspect_count__gte=0), name="destination_suspects_counted")
        ]

    def __str__(self) -> str:
        """Return kind and number; the address may be private."""
        return f"{self.kind} {self.pk}"

    @property
    def is_active(self) -> bool:
        """Whether events are delivered to it."""
        return self.verified_at is not None and self.disabled_at is None and self.removed_at is None

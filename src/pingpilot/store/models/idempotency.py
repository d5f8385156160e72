"""Same key, same answer: what was answered to an idempotent call."""

from typing import ClassVar

from django.db import models

from pingpilot.store.models.workspace import Workspace


class IdempotencyRecord(models.Model):
    """The first answer to a call with an Idempotency-Key, kept for 24 hours; ``body_digest`` is its body's SHA-256."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=255)
    body_digest = models.BinaryField(max_length=32)
    status = models.IntegerField()
    answer = models.TextField()
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        """A key is used once in a workspace."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "key"], name="idempotency_key_once"),
        ]

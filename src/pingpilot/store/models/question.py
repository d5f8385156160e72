"""Questions that programs ask, and what was answered."""

from typing import ClassVar

from django.db import models

from pingpilot.store.models.workspace import Workspace


class Question(models.Model):
    """One question. ``options`` is a JSON list of texts, empty where the answer is free.

    ``answer`` is set once, together with ``answered_at``, and never again. ``event`` is the id of the message that
    carries the link.
    """

    id = models.UUIDField(primary_key=True)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="questions")
    category = models.CharField(max_length=64)
    text = models.TextField()
    options = models.JSONField(default=list)
    event = models.UUIDField(null=True)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answer = models.TextField(default="")

    class Meta:
        """An answer has its time; what is looked for is the latest of a workspace."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(answered_at__isnull=False) | models.Q(answer=""), name="question_answer_has_time"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["workspace", "-asked_at"], name="question_of_workspace")]

    def __str__(self) -> str:
        """Return the id."""
        return self.id.hex

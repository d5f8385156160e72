"""Credentials of this instance that a provider refuses."""

from django.db import models


class BrokenSender(models.Model):
    """A channel whose credential is refused for everybody, since ``since`` and last at ``last_at``.

    ``told_at`` is when the operator was told. The row goes when the channel delivers again, or nobody tries any more.
    """

    channel = models.CharField(max_length=32, primary_key=True)
    since = models.DateTimeField()
    last_at = models.DateTimeField()
    detail = models.CharField(max_length=300)
    told_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        """Return the channel."""
        return self.channel

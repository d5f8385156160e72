"""Who is signed in, on which browser; and what the control plane remembers for a while."""

from django.conf import settings
from django.db import models


class Session(models.Model):
    """One browser's session.

    ``digest`` is the SHA-256 of the key in its cookie, ``data`` what is kept for it, sealed under the instance secret:
    whoever reads the database can neither use a session nor look into it. ``user`` is empty before the sign-in.
    ``network`` is that of the client when it was last seen, ``device`` what its browser calls itself.
    """

    digest = models.BinaryField(max_length=32, unique=True)
    data = models.BinaryField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="sessions")
    device = models.CharField(max_length=200, blank=True)
    network = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        """Return the number."""
        return f"session {self.pk}"


class Remembered(models.Model):
    """One thing remembered until it expires: failed sign-ins, codes that were used. ``value`` is JSON.

    Used where several processes have to remember the same; one alone remembers in its own memory.
    """

    key = models.CharField(primary_key=True, max_length=250)
    value = models.TextField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        """Return the key, which is made of digests."""
        return self.key

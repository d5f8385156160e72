"""A month that is being forgotten as a whole."""

from django.db import models


class LeavingMonth(models.Model):
    """A part of the partitioned tables that was detached; its events up to the id ``upto`` are out of the counts."""

    name = models.CharField(max_length=20, primary_key=True)
    upto = models.UUIDField()

    def __str__(self) -> str:
        """Return the name of the part."""
        return self.name

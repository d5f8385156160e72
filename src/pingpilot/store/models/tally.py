"""Counts and sums of reports, kept ready by a chore: statistics read these instead of the events."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from pingpilot.store.models.workspace import Workspace


class Series(models.Model):
    """What is tallied: all reports of a workspace, or those of one category.

    The series of all has no ``name``. ``category`` is the id that the events had when they were tallied, 0 where they
    had none; ``name`` their ``category_name``. An id that is no category's any more means the name.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    category = models.BigIntegerField()
    name = models.CharField(max_length=64)

    class Meta:
        """Each once."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "category", "name"], name="series_once"),
        ]

    def __str__(self) -> str:
        """Return what it is of."""
        return f"{self.workspace_id}/{self.category}/{self.name}"


class Tally(models.Model):
    """The reports of a series that happened in one slot, or in one UTC day.

    ``slot`` counts quarter hours since 1970, ``slots`` is how many it spans; a day is kept beside its slots. ``fields``
    is what ``domain.tally.Tally`` writes. Several series may have to be added up before the numbers mean anything:
    what was tallied under a category that is gone is taken out of the series of its name.
    """

    pk = models.CompositePrimaryKey("series_id", "slots", "slot")
    series = models.ForeignKey(Series, models.CASCADE, related_name="+", db_index=False)
    slots = models.SmallIntegerField()
    slot = models.IntegerField()
    events = models.BigIntegerField()
    fields = models.TextField()

    class Meta:
        """Counts alone are read from an index, since the fields make the rows wide."""

        indexes: ClassVar = [models.Index(fields=["series", "slots", "slot", "events"], name="tally_events")]
        constraints: ClassVar = [models.CheckConstraint(condition=Q(slots__in=(1, 96)), name="tally_slots_known")]

    def __str__(self) -> str:
        """Return whose and when."""
        return f"{self.series_id}/{self.slots}/{self.slot}"


class TallyMark(models.Model):
    """How far has been tallied, in one row. It moves in the transaction of the tallies.

    Every report with an id up to ``upto`` is in them, and those of ``Tallied``, of which ``reached`` is about the last.
    ``turn`` rises whenever what somebody may be about to tally has become wrong.
    """

    turn = models.BigIntegerField(default=0)
    upto = models.UUIDField()
    reached = models.UUIDField()

    class Meta:
        """One row."""

        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="tally_mark_once")]

    def __str__(self) -> str:
        """Return how far."""
        return self.reached.hex


class Tallied(models.Model):
    """An event in the tallies whose id is beyond the mark: a neighbour may still be on its way to its commit."""

    event_id = models.UUIDField(primary_key=True)

    def __str__(self) -> str:
        """Return the id."""
        return self.event_id.hex

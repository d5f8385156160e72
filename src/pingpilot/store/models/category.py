"""A named kind of event."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from pingpilot.domain.category import COOLDOWN_MAX_S, COOLDOWN_S
from pingpilot.store.models.destination import Destination
from pingpilot.store.models.workspace import Workspace


class Category(models.Model):
    """A named kind of event: name in lower case, colour as a 24-bit number, emoji or nothing.

    With ``has_own_destinations`` its events go to ``destinations`` only, else to all of the workspace. Of events with
    one ``dedupe_key`` one is delivered within ``cooldown_s``; with 0 all are.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="categories")
    name = models.CharField(max_length=64)
    color = models.IntegerField()
    emoji = models.CharField(max_length=40, blank=True)
    cooldown_s = models.IntegerField(default=COOLDOWN_S, db_default=COOLDOWN_S)
    is_muted = models.BooleanField(default=False)
    has_own_destinations = models.BooleanField(default=False)
    destinations = models.ManyToManyField(Destination, blank=True, related_name="categories")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        """Names are unique in the workspace and lower-case; a colour has 24 bits."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "name"], name="category_name_once"),
            models.CheckConstraint(
                condition=models.Q(color__gte=0, color__lte=0xFFFFFF), name="category_color_24_bits"
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="category_name_given"),
            models.CheckConstraint(
                condition=models.Q(cooldown_s__gte=0, cooldown_s__lte=COOLDOWN_MAX_S),
                name="category_cooldown_bounded",
            ),
        ]

    def __str__(self) -> str:
        """Return the name."""
        return self.name

"""One report of an application."""

from typing import ClassVar

from django.db import models

from pingpilot.domain.event import EventStatus, Purpose, Severity
from pingpilot.store.checks import is_one_of
from pingpilot.store.models.category import Category
from pingpilot.store.models.workspace import Workspace


class Event(models.Model):
    """One report: category, description, fields, time.

    ``id`` is a UUIDv7, in order of receipt. ``category_name`` outlives the category. ``fields`` is the text of a JSON
    object, not a JSON column: members stay in the order received and ``99.90`` stays ``99.90``. ``is_refunded``: it
    reached nobody, and its unit of the quota was given back; that happens once. With ``held_at`` it waits for quota;
    with ``released_at`` it did, and took its unit then. With ``repeat_of`` it was not delivered: it repeats that event.
    Who stores one holds its workspace, at the revision that knows the category; so PostgreSQL need not look up either.
    """

    id = models.UUIDField(primary_key=True)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="events", db_index=False, db_constraint=False)
    category = models.ForeignKey(
        Category, models.SET_NULL, null=True, related_name="events", db_index=False, db_constraint=False
    )
    category_name = models.CharField(max_length=64)
    purpose = models.CharField(max_length=10, default=Purpose.REPORT)
    description = models.TextField(null=True)  # noqa: DJ001 - null says that none was given
    fields = models.TextField(default="{}")
    severity = models.CharField(max_length=10, default=Severity.INFO)
    url = models.TextField(null=True)  # noqa: DJ001 - as above
    dedupe_key = models.TextField(null=True)  # noqa: DJ001 - as above
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    status = models.CharField(max_length=10, default=EventStatus.PENDING)
    is_refunded = models.BooleanField(default=False)
    held_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    repeat_of = models.UUIDField(null=True)

    class Meta:
        """Lists go by when it happened: in a workspace, in a category, of what failed, of what matters.

        The last three hold few events each, so that they cost next to nothing when one is accepted. The first two grow
        at their end, where a page is filled before the next is begun; both databases read them backwards as well.
        """

        indexes: ClassVar = [
            models.Index(fields=["workspace", "occurred_at", "id"], name="event_by_time"),
            models.Index(
                fields=["category", "occurred_at"],
                condition=models.Q(category__isnull=False),
                name="event_by_category",
            ),
            models.Index(
                fields=["workspace", "dedupe_key", "received_at"],
                condition=models.Q(dedupe_key__isnull=False, repeat_of__isnull=True),
                name="event_first_of_its_kind",
            ),
            models.Index(fields=["repeat_of"], condition=models.Q(repeat_of__isnull=False), name="event_repeats"),
            models.Index(
                fields=["workspace", "-occurred_at", "-id", "purpose", "category"],
                condition=models.Q(status=EventStatus.FAILED),
                name="event_failed_by_time",
            ),
            models.Index(
                fields=["workspace", "severity", "-occurred_at", "-id"],
                condition=~models.Q(severity=Severity.INFO),
                name="event_by_severity",
            ),
            models.Index(
                fields=["workspace", "category_name", "-occurred_at", "-id"],
                condition=models.Q(category__isnull=True),
                name="event_without_category",
            ),
            models.Index(fields=["workspace", "id"], condition=models.Q(held_at__isnull=False), name="event_held"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=is_one_of("status", EventStatus), name="event_status_known"),
            models.CheckConstraint(condition=is_one_of("severity", Severity), name="event_severity_known"),
            models.CheckConstraint(condition=is_one_of("purpose", Purpose), name="event_purpose_known"),
        ]

    def __str__(self) -> str:
        """Return the id."""
        return self.id.hex

"""One event on its way to one destination, and each try of it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from pingpilot.domain.delivery import FINAL, DeliveryState
from pingpilot.domain.outcome import NAMES
from pingpilot.store.checks import is_one_of
from pingpilot.store.models.destination import Destination
from pingpilot.store.models.event import Event

_IS_FINAL = is_one_of("state", sorted(FINAL))


class Delivery(models.Model):
    """One event on its way to one destination.

    ``attempts`` counts those that spent a step of the schedule, which began at ``begun_at``. ``lease_owner`` names
    the worker that holds it while SENDING. ``proves``: a success verifies the destination. Destinations are never
    deleted while a delivery names them, so that column needs neither an index nor a constraint; an event is made and
    erased with its deliveries in one transaction, and the server's check of each would cost more than its index.
    """

    id = models.UUIDField(primary_key=True)
    event = models.ForeignKey(Event, models.CASCADE, related_name="deliveries", db_constraint=False)
    destination = models.ForeignKey(
        Destination, models.DO_NOTHING, related_name="deliveries", db_index=False, db_constraint=False
    )
    channel = models.CharField(max_length=32)
    state = models.CharField(max_length=10, default=DeliveryState.PENDING)
    due_at = models.DateTimeField()
    begun_at = models.DateTimeField()
    attempts = models.IntegerField(default=0)
    lease_owner = models.CharField(max_length=40, default="")
    lease_until = models.DateTimeField(null=True)
    final_at = models.DateTimeField(null=True)
    proves = models.BooleanField(default=False)
    is_maybe_repeat = models.BooleanField(default=False)
    provider_id = models.CharField(max_length=200, default="")
    last_detail = models.CharField(max_length=500, default="")

    class Meta:
        """A lease exists exactly while SENDING, an end exactly when final; what is due is found without a scan."""

        indexes: ClassVar = [
            models.Index(
                fields=["destination", "due_at"], condition=Q(state=DeliveryState.PENDING), name="delivery_due_there"
            ),
            models.Index(fields=["lease_until"], condition=Q(state=DeliveryState.SENDING), name="delivery_leased"),
            models.Index(fields=["final_at"], condition=Q(state=DeliveryState.DEAD), name="delivery_dead"),
            models.Index(
                fields=["destination", "final_at"],
                condition=Q(state=DeliveryState.DEAD),
                name="delivery_dead_of_destination",
            ),
            models.Index(fields=["provider_id"], condition=Q(provider_id__gt=""), name="delivery_by_provider_id"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=is_one_of("state", DeliveryState), name="delivery_state_known"),
            models.CheckConstraint(
                condition=Q(state=DeliveryState.SENDING, lease_until__isnull=False)
                | (~Q(state=DeliveryState.SENDING) & Q(lease_until__isnull=True)),
                name="delivery_lease_while_sending",
            ),
            models.CheckConstraint(
                condition=(_IS_FINAL & Q(final_at__isnull=False)) | (~_IS_FINAL & Q(final_at__isnull=True)),
                name="delivery_end_when_final",
            ),
        ]

    def __str__(self) -> str:
        """Return the id."""
        return self.id.hex


class Attempt(models.Model):
    """One try of a delivery, with what the provider answered: its code and a shortened text without secrets."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="tries", db_constraint=False)
    number = models.IntegerField()
    started_at = models.DateTimeField()
    duration_ms = models.IntegerField()
    outcome = models.CharField(max_length=16)
    code = models.CharField(max_length=64, default="")
    detail = models.CharField(max_length=500, default="")

    class Meta:
        """The outcome is one of the eight."""

        constraints: ClassVar = [
            models.CheckConstraint(condition=is_one_of("outcome", NAMES.values()), name="attempt_outcome_known"),
        ]

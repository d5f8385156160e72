"""What workspaces have bought, and what the provider told of it: ids, and nothing of how people pay."""

from typing import ClassVar

from django.db import models

from pingpilot.domain.subscription import Status
from pingpilot.store.models.workspace import Workspace


class Payer(models.Model):
    """A workspace as a customer of the payment provider: there from the first checkout on.

    ``granted_plan`` is the plan it is on as long as nothing bought is more: the operator's word, or where it began.
    ``nonce`` makes repeats of the call that makes the customer one call; ``order_nonce`` the same of a checkout, which
    is for ``order_price`` and was opened at ``ordered_at`` as ``order`` (the provider's id). These four are empty
    again once something bought is there.
    """

    workspace = models.OneToOneField(Workspace, models.CASCADE, primary_key=True, related_name="payer")
    granted_plan = models.CharField(max_length=20)
    nonce = models.CharField(max_length=32)
    customer = models.CharField(max_length=255, unique=True, null=True)  # noqa: DJ001 - many have none
    order_nonce = models.CharField(max_length=32, default="")
    order_price = models.CharField(max_length=255, default="")
    order = models.CharField(max_length=255, default="")
    ordered_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        """Return the workspace's number."""
        return f"payer {self.pk}"


class Bought(models.Model):
    """A subscription as it was read last. ``plan`` is what it gives now; empty while it gives none.

    ``asked`` rises before each reading, and what was read is kept only if nobody has begun to read since: so an old
    answer never overwrites a newer one. ``lapses_at`` is when the plan goes by itself, should nothing be paid.
    """

    id = models.CharField(max_length=255, primary_key=True)
    payer = models.ForeignKey(Payer, models.CASCADE, related_name="bought")
    status = models.CharField(max_length=20)
    plan = models.CharField(max_length=20, default="")
    price_plan = models.CharField(max_length=20, default="")
    interval = models.CharField(max_length=5, default="")
    asked = models.BigIntegerField(default=0)
    period_ends_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    unpaid_since = models.DateTimeField(null=True)
    lapses_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        """A status is one of the provider's; what lapses is found without a scan."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=[status.value for status in Status]), name="bought_status_known"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["lapses_at"], condition=models.Q(lapses_at__isnull=False), name="bought_lapsing"),
        ]

    def __str__(self) -> str:
        """Return the provider's id."""
        return self.id


class PaymentNote(models.Model):
    """Something to look into at the provider: it told of it, or a day has passed. Kept, so that a repeat is known.

    ``subscription`` and ``customer`` are the provider's ids. With ``due_at`` it waits for its next try.
    """

    id = models.CharField(max_length=255, primary_key=True)
    kind = models.CharField(max_length=100)
    subscription = models.CharField(max_length=255, default="")
    customer = models.CharField(max_length=255, default="")
    received_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    tries = models.IntegerField(default=0)

    class Meta:
        """What is due, and what is old, is found without a scan."""

        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="payment_note_due"),
            models.Index(fields=["received_at"], name="payment_note_by_age"),
        ]

    def __str__(self) -> str:
        """Return the provider's id."""
        return self.id

"""A subscription as the payment provider has it, and what it entitles to: the one table from its status."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum


class Status(StrEnum):
    """How a subscription stands. Source: the Subscription object of Stripe's API."""

    ACTIVE = "active"
    TRIALING = "trialing"
    PAST_DUE = "past_due"
    """A payment failed; it is tried again for a while."""
    UNPAID = "unpaid"
    """All tries failed: nothing is collected any more, though invoices go on."""
    PAUSED = "paused"
    """A trial ended without a way to pay."""
    INCOMPLETE = "incomplete"
    """The first payment was not made yet."""
    INCOMPLETE_EXPIRED = "incomplete_expired"
    """The first payment was not made within 23 hours."""
    CANCELED = "canceled"


class Entitles(StrEnum):
    """Whether a status gives the plan."""

    YES = "yes"
    IN_GRACE = "in_grace"
    NO = "no"


ENTITLES: Mapping[Status, Entitles] = {
    Status.ACTIVE: Entitles.YES,
    Status.TRIALING: Entitles.YES,
    Status.PAST_DUE: Entitles.IN_GRACE,
    Status.UNPAID: Entitles.NO,
    Status.PAUSED: Entitles.NO,
    Status.INCOMPLETE: Entitles.NO,
    Status.INCOMPLETE_EXPIRED: Entitles.NO,
    Status.CANCELED: Entitles.NO,
}
"""The only place that says so."""

OVER = frozenset({Status.CANCELED, Status.INCOMPLETE_EXPIRED})
"""From these there is no way back."""
CHARGES = frozenset({Status.ACTIVE, Status.TRIALING, Status.PAST_DUE, Status.UNPAID, Status.PAUSED})
"""In these somebody pays, or would be asked to again: no second one may be bought beside it."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription as it was read. ``price_ids`` are the provider's.

    ``ends_at`` is set once it was cancelled for later. ``unpaid_since`` is when the oldest invoice was made that is
    known to be unpaid; it means something while the status is ``past_due`` alone.
    """

    id: str
    customer: str
    status: Status
    price_ids: Sequence[str]
    period_ends_at: datetime | None = None
    ends_at: datetime | None = None
    unpaid_since: datetime | None = None

    @property
    def renews(self) -> bool:
        """Whether somebody would be charged again."""
        return self.status in CHARGES and self.ends_at is None

    def unpaid_from(self, since: datetime) -> "Subscription":
        """Return the same, unpaid from another moment on."""
        return replace(self, unpaid_since=since)


def lapses_at(subscription: Subscription, grace: timedelta) -> datetime | None:
    """Return when the plan goes by itself, should nothing be paid; None where it does not go by itself."""
    if ENTITLES[subscription.status] is not Entitles.IN_GRACE or subscription.unpaid_since is None:
        return None
    return subscription.unpaid_since + grace


def is_entitled(subscription: Subscription, grace: timedelta, now: datetime) -> bool:
    """Tell whether a subscription gives its plan at this moment."""
    end = lapses_at(subscription, grace)
    return ENTITLES[subscription.status] is not Entitles.NO and (end is None or now < end)

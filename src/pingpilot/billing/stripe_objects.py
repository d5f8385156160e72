"""Stripe's subscriptions in our words. Source: its Subscription object, in the API version that the library pins."""

from datetime import UTC, datetime

import stripe

from pingpilot.domain.errors import PaymentUnavailable
from pingpilot.domain.subscription import Status, Subscription
from pingpilot.observe import get_logger

_log = get_logger(__name__)


def subscription_of(read: stripe.Subscription) -> Subscription:
    """Return a subscription, which was read with its latest invoice.

    Raises PaymentUnavailable for a status that Stripe did not have when this was written: nothing is done on a guess.
    """
    items = read.items.data
    period_ends_at = max((item.current_period_end for item in items), default=None)
    ends_at = read.cancel_at or (period_ends_at if read.cancel_at_period_end else None)
    return Subscription(
        id=read.id,
        customer=read.customer if isinstance(read.customer, str) else read.customer.id,
        status=_status(read),
        price_ids=[item.price.id for item in items],
        period_ends_at=_instant(period_ends_at),
        ends_at=_instant(ends_at),
        unpaid_since=_instant(_unpaid_since(read)),
    )


def _status(read: stripe.Subscription) -> Status:
    try:
        return Status(read.status)
    except ValueError as error:
        _log.error("subscription.status_unknown", subscription=read.id, status=str(read.status)[:40])
        raise PaymentUnavailable from error


def _unpaid_since(read: stripe.Subscription) -> int | None:
    """Return when the invoice was made that is not paid; a past due subscription has one."""
    if read.status != Status.PAST_DUE:
        return None
    invoice = read.latest_invoice
    if isinstance(invoice, stripe.Invoice):
        return invoice.created
    return min((item.current_period_start for item in read.items.data), default=None)


def _instant(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)

"""Stripe's webhooks.

**Source:** docs.stripe.com/webhooks, docs.stripe.com/webhooks/signatures, docs.stripe.com/currencies.
"""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from pingpilot.domain.event import Severity
from pingpilot.domain.json_tree import Json, dig, first_text, text_at
from pingpilot.doors.arrival import Arrival
from pingpilot.doors.report import Report, instant
from pingpilot.doors.service import Service

TOLERANCE = timedelta(minutes=5)
"""Source: docs.stripe.com/webhooks/signatures (replay attacks)."""
WITHOUT_DECIMALS = frozenset(
    ("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf")
)
WITH_THREE = frozenset(("bhd", "jod", "kwd", "omr", "tnd"))
AMOUNTS = ("amount_total", "amount_paid", "amount_received", "amount_due", "amount_refunded", "amount")
"""The first of them that is there and not nought is what an event is about."""
BAD = ("failed", "dispute.created", "uncollectible", "action_required", "fraud")
DOUBTFUL = ("canceled", "deleted", "expired", "past_due", "refunded", "paused", "trial_will_end", "dispute")
GOOD = ("succeeded", "paid", "completed", "payment_succeeded", "captured")


def read(arrival: Arrival) -> Sequence[Report]:
    """Return the one event; nothing where it is none."""
    event = arrival.json()
    kind, thing = text_at(event, "type"), dig(event, "data", "object")
    if not kind:
        return []
    amount, currency = _amount(thing), text_at(thing, "currency").upper()
    price = f"{amount} {currency}" if amount is not None and currency else ""
    who = first_text(thing, ("customer_email",), ("customer_details", "email"), ("receipt_email",), ("email",))
    test = "" if dig(event, "livemode") is not False else "test/"
    return [
        Report(
            title=" · ".join(filter(None, (_said(kind), price, who))),
            text=first_text(thing, ("description",), ("last_payment_error", "message"), ("failure_message",)),
            fields={
                "type": kind,
                "amount": amount,
                "currency": currency,
                "customer": text_at(thing, "customer"),
                "email": who,
                "status": text_at(thing, "status"),
                "reason": first_text(thing, ("failure_code",), ("last_payment_error", "code"), ("reason",)),
                "object": text_at(thing, "id"),
                "livemode": dig(event, "livemode"),
                "metadata": dig(thing, "metadata"),
            },
            severity=_severity(kind),
            occurred_at=instant(dig(event, "created")),
            url=f"https://dashboard.stripe.com/{test}events/{text_at(event, 'id')}" if text_at(event, "id") else "",
            identity=text_at(event, "id"),
        )
    ]


def is_signed(arrival: Arrival, secret: str) -> bool:
    """Check ``Stripe-Signature``: one of its ``v1`` is right, and it is not older than five minutes."""
    pairs = [part.strip().partition("=") for part in arrival.headers.get("stripe-signature", "").split(",")]
    stamp = next((value for name, _, value in pairs if name == "t"), "")
    at = instant(stamp) if stamp.isascii() and stamp.isdigit() else None
    if at is None or abs(arrival.at - at) > TOLERANCE:
        return False
    prefix = f"{stamp}.".encode()
    return any(arrival.is_signed(secret, value, prefix=prefix) for name, _, value in pairs if name == "v1")


def _said(kind: str) -> str:
    """Return an event's type for people: ``charge.dispute.created`` is ``Charge dispute created``."""
    words = kind.replace(".", " ").replace("_", " ")
    return words[:1].upper() + words[1:]


def _amount(thing: Json) -> Decimal | int | None:
    """Return the amount in the currency's own unit, with all its decimals: 4900 cents are 49.00."""
    found = [dig(thing, name) for name in AMOUNTS]
    amounts = [one for one in found if isinstance(one, int) and not isinstance(one, bool)]
    amount = next(filter(None, amounts), amounts[0] if amounts else None)
    currency = text_at(thing, "currency").lower()
    if amount is None or not currency or currency in WITHOUT_DECIMALS:
        return amount
    return Decimal(amount).scaleb(-3 if currency in WITH_THREE else -2)


def _severity(kind: str) -> Severity:
    for severity, words in ((Severity.CRITICAL, BAD), (Severity.SUCCESS, GOOD), (Severity.WARNING, DOUBTFUL)):
        if any(kind.endswith(word) for word in words):
            return severity
    return Severity.WARNING if "dispute" in kind else Severity.INFO


SERVICE = Service(
    name="stripe",
    label="Stripe",
    about="Payments, subscriptions, disputes: whatever Stripe has an event for.",
    steps=(
        "Make the category `stripe`, or choose one by `?category=`.",
        "In Stripe open *Developers*, *Webhooks*, *Add endpoint* (or *Add destination*), and paste the address.",
        "Choose the events, for example `checkout.session.completed` and `invoice.payment_failed`.",
        "Copy the endpoint's signing secret (`whsec_…`), and enter it under *Connect a service*.",
    ),
    read=read,
    is_signed=is_signed,
    signed_by="The endpoint's signing secret, which begins with whsec_.",
    category="`stripe`",
    maps=(
        ("`type`, amount, customer's e-mail", "description: “Charge succeeded · 49.00 EUR · ada@example.com”"),
        ("amount in cents", "field `amount` in the currency's unit, so that sums are right: `49.00`"),
        ("`…failed`, disputes · `…succeeded`, `…paid` · `…deleted`", "severity `critical` · `success` · `warning`"),
        ("type, currency, customer, status, reason, metadata", "fields"),
        ("`created`", "when it happened"),
    ),
    repeats="the event's id (`evt_…`).",
)

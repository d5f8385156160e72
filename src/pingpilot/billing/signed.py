"""What Stripe tells: whether it is Stripe, and which of its things to look at. Only ids are taken from it."""

import json
import re
from collections.abc import Mapping, Sequence

import stripe

from pingpilot.domain.errors import UnknownCaller
from pingpilot.manage.payment_provider import Heard

TOLERANCE_S = 300
"""How old a call may be. Source: Stripe's libraries, and its guide to webhook signatures."""
KINDS = frozenset(
    {
        "checkout.session.completed",
        "customer.deleted",
        "customer.subscription.created",
        "customer.subscription.deleted",
        "customer.subscription.paused",
        "customer.subscription.resumed",
        "customer.subscription.updated",
        "invoice.paid",
        "invoice.payment_failed",
    }
)
"""What an operator has the webhook send. Source: Stripe's types of events."""
_ID = re.compile(r"[A-Za-z0-9_]{1,255}")
_Members = Mapping[str, object]


def heard(body: bytes, signature: str, secrets: Sequence[str]) -> Heard:
    """Return what a call tells, its signature checked before anything else.

    Raises UnknownCaller with a reason that holds nothing of the call.
    """
    _check(body, signature, secrets)
    try:
        event = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnknownCaller("no JSON") from error
    kind = _members(event).get("type")
    if kind not in KINDS:
        raise UnknownCaller("a kind of event that the webhook should not send")
    subscription, customer = _about(_members(_members(event).get("data")).get("object"))
    return Heard(_id(_members(event).get("id")), str(kind), subscription, customer)


def _check(body: bytes, signature: str, secrets: Sequence[str]) -> None:
    """Take a call that one of the secrets has signed: while one is replaced, there are two."""
    reasons = [_refusal(body, signature, secret) for secret in secrets]
    if all(reasons):
        raise UnknownCaller(next(iter(sorted(filter(None, reasons), reverse=True)), "no signing secret"))


def _refusal(body: bytes, signature: str, secret: str) -> str | None:
    try:
        stripe.WebhookSignature.verify_header(body, signature, secret, TOLERANCE_S)
    except stripe.SignatureVerificationError as error:
        return "too old" if "Timestamp" in str(error) else "signature"
    except (ValueError, TypeError):  # the body is no text; the header holds other signs than it may
        return "signature"
    return None


def _about(found: object) -> tuple[str, str]:
    """Return the ids of the subscription and the customer that an object is, or is about; empty where it has none."""
    members = _members(found)
    customer = _id(members.get("customer"), or_none=True)
    match members.get("object"):
        case "subscription":
            return _id(members.get("id")), customer
        case "checkout.session":
            return _id(members.get("subscription"), or_none=True), customer
        case "invoice":
            details = (_members(members.get("parent") or {})).get("subscription_details") or {}
            told = _members(details).get("subscription") or members.get("subscription")  # the latter before 2025-03-31
            return _id(told, or_none=True), customer
        case "customer":
            return "", _id(members.get("id"))
        case _:
            raise UnknownCaller("malformed event")


def _members(value: object) -> _Members:
    if not isinstance(value, dict):
        raise UnknownCaller("malformed event")
    return value


def _id(value: object, *, or_none: bool = False) -> str:
    if value is None and or_none:
        return ""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise UnknownCaller("malformed event")
    return value

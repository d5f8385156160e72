"""Stripe: events in the shapes of its documentation."""

from typing import Any

import pytest

from tests.contract.doors.visitor import Told, Visitor


def event(kind: str, thing: dict[str, Any], number: int = 1) -> dict[str, Any]:
    return {
        "id": f"evt_{kind}_{number}".replace(".", "_"),
        "object": "event",
        "api_version": "2025-09-30",
        "created": 1_790_000_000,
        "livemode": False,
        "pending_webhooks": 1,
        "type": kind,
        "data": {"object": thing},
    }


def told(visitor: Visitor, body: dict[str, Any]) -> Told:
    answer = visitor.call(f"/in/stripe/{visitor.key}", body)
    assert answer.status == 200, answer.body
    return visitor.told(answer.json["eventId"])


def test_a_checkout_has_its_price_and_its_customer(visitor: Visitor):
    thing = {
        "id": "cs_1",
        "amount_total": 4900,
        "currency": "eur",
        "customer": "cus_1",
        "customer_details": {"email": "ada@example.com"},
        "payment_status": "paid",
        "status": "complete",
        "metadata": {"order": "6735"},
    }
    answer = visitor.call(f"/in/stripe/{visitor.key}", event("checkout.session.completed", thing))
    found = visitor.told(answer.json["eventId"])
    assert found.description == "Checkout session completed · 49.00 EUR · ada@example.com"
    assert '"amount":49.00' in visitor.fields_text(answer.json["eventId"]).replace(" ", "")
    assert (found.fields["currency"], found.fields["metadata.order"], found.fields["livemode"]) == (
        "EUR",
        "6735",
        False,
    )
    assert (found.severity, found.url) == (
        "success",
        "https://dashboard.stripe.com/test/events/evt_checkout_session_completed_1",
    )


@pytest.mark.parametrize(
    ("currency", "price"), [("usd", "10.50 USD"), ("jpy", "1050 JPY"), ("kwd", "1.050 KWD"), ("EUR", "10.50 EUR")]
)
def test_each_currency_has_its_decimals(visitor: Visitor, currency: str, price: str):
    body = event("charge.succeeded", {"amount": 1050, "currency": currency}, hash(currency))
    assert told(visitor, body).description == f"Charge succeeded · {price}"


@pytest.mark.parametrize(
    ("kind", "severity"),
    [
        ("invoice.payment_failed", "critical"),
        ("charge.dispute.created", "critical"),
        ("charge.dispute.closed", "warning"),
        ("customer.subscription.deleted", "warning"),
        ("charge.refunded", "warning"),
        ("invoice.paid", "success"),
        ("customer.created", "info"),
    ],
)
def test_a_type_has_a_severity(visitor: Visitor, kind: str, severity: str):
    assert told(visitor, event(kind, {"id": "x"})).severity == severity


def test_an_event_that_comes_again_is_kept_once_though_its_body_differs(visitor: Visitor):
    body, before = event("payout.paid", {"amount": 1, "currency": "usd"}), visitor.shop.count()
    first = visitor.call(f"/in/stripe/{visitor.key}", body).json
    again = visitor.call(f"/in/stripe/{visitor.key}", {**body, "pending_webhooks": 2}).json
    assert first == again
    assert visitor.shop.count() == before + 1


def test_what_is_no_event_is_kept_as_it_came(visitor: Visitor):
    found = told(visitor, {"object": "list"})
    assert found.description == 'A call from Stripe that could not be read:\n{"object": "list"}'

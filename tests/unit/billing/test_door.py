"""The door of ``/hooks/stripe``: what is not Stripe's, or makes no sense, is 400 with one line, and changes nothing."""

import json
import time

import pytest
from structlog.testing import capture_logs

from pingpilot.billing.signed import KINDS, TOLERANCE_S
from pingpilot.manage.services import current
from pingpilot.store.models import Bought, Payer, PaymentNote
from tests.servers.stripe.server import OTHER_SECRET, SECRET
from tests.servers.stripe.telling import signature
from tests.unit.billing.till import signed


def event(**changes):
    members = {"id": "evt_1", "type": "customer.subscription.updated"}
    told = {"object": "subscription", "id": "sub_1", "customer": "cus_1"}
    return {**members, "object": "event", "data": {"object": told}, **changes}


def post(client, body, header):
    more = {} if header is None else {"HTTP_STRIPE_SIGNATURE": header}
    return client.post("/hooks/stripe", body, content_type="application/json", **more)


def body_of(what):
    return json.dumps(what).encode()


GOOD = body_of(event())
LONG_AGO = int(time.time()) - TOLERANCE_S - 5
REFUSED = {
    "no signature": (GOOD, lambda _: None),
    "an empty signature": (GOOD, lambda _: ""),
    "nonsense for a signature": (GOOD, lambda _: "t=now,v1=é"),
    "another secret": (GOOD, lambda body: signature(body, OTHER_SECRET)),
    "another body": (GOOD, lambda _: signature(b"{}", SECRET)),
    "too old": (GOOD, lambda body: signature(body, SECRET, LONG_AGO)),
    "not text": (b"\xff\xfe", lambda _: "t=1,v1=00"),
    "no JSON": (b"{", lambda body: signature(body, SECRET)),
    "deep JSON": (b"[" * 100_000, lambda body: signature(body, SECRET)),
    "no object": (b"[1]", lambda body: signature(body, SECRET)),
    "an unknown kind": (body_of(event(type="charge.refunded")), lambda body: signature(body, SECRET)),
    "no kind": (body_of(event(type=None)), lambda body: signature(body, SECRET)),
    "no id": (body_of(event(id=7)), lambda body: signature(body, SECRET)),
    "a strange id": (body_of(event(id="../x")), lambda body: signature(body, SECRET)),
    "no data": (body_of(event(data=None)), lambda body: signature(body, SECRET)),
    "a strange object": (body_of(event(data={"object": {"object": "plan"}})), lambda body: signature(body, SECRET)),
    "too large": (b" " * 300_000 + GOOD, lambda body: signature(body, SECRET)),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_to_be_believed_is_400_with_one_line_and_changes_nothing(services, client, case):
    body, sign = REFUSED[case]
    with capture_logs() as lines:
        answer = post(client, body, sign(body))
    assert (answer.status_code, [line["event"] for line in lines]) == (400, ["payment.refused"])
    assert "sub_1" not in repr(lines)
    assert not PaymentNote.objects.exists()
    assert not Bought.objects.exists()


def test_what_stripe_tells_is_kept_once_and_answered_at_once(services, client, stripe):
    body, header = signed(event())
    assert [post(client, body, header).status_code for _ in range(3)] == [200, 200, 200]
    note = PaymentNote.objects.get()
    assert (note.pk, note.subscription, note.customer, note.due_at is not None) == ("evt_1", "sub_1", "cus_1", True)
    assert not stripe.calls.asked  # Stripe is asked later, by the chore


def test_it_takes_nothing_but_calls_of_stripe(services, client):
    assert client.get("/hooks/stripe").status_code == 405


def test_where_nothing_is_sold_there_is_no_such_address(services, client, settings_without_payments):
    assert current().payments is None
    assert post(client, *signed(event())).status_code == 404


def test_while_a_secret_is_replaced_both_are_believed(services, client, two_secrets):
    for number, secret in enumerate((SECRET, OTHER_SECRET)):
        body = body_of(event(id=f"evt_{number}"))
        assert post(client, body, signature(body, secret)).status_code == 200
    body = body_of(event(id="evt_9"))
    assert post(client, body, signature(body, "whsec_third")).status_code == 400


def test_every_kind_that_is_asked_for_is_taken(services, client, counter, stripe):
    books = stripe.books
    subscription = books.complete(counter.open())
    for status in ("past_due", "paused", "active", "canceled"):
        books.turn(subscription, status)
    books.tell("customer.subscription.resumed", subscription)
    books.tell("customer.deleted", books.objects[counter.customer])
    assert {one["type"] for one in books.events} == KINDS
    for one in books.events:
        assert post(client, *signed(one)).status_code == 200, one["type"]
    notes = PaymentNote.objects.exclude(kind="customer.deleted")
    assert set(notes.values_list("subscription", "customer")) == {(subscription["id"], counter.customer)}
    assert Payer.objects.get().customer == PaymentNote.objects.get(kind="customer.deleted").customer


def test_an_invoice_of_older_days_names_its_subscription_elsewhere(services, client):
    told = {"object": "invoice", "id": "in_1", "customer": "cus_1", "subscription": "sub_old"}
    assert post(client, *signed(event(type="invoice.paid", data={"object": told}))).status_code == 200
    assert PaymentNote.objects.get().subscription == "sub_old"

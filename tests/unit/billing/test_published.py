"""The stand-in for Stripe makes objects of the shape that Stripe publishes."""

from typing import Any

import pytest

from pingpilot.billing.signed import KINDS
from tests.architecture.source import ROOT
from tests.conformance.channels.specs import published
from tests.servers.stripe.objects import PUBLISHED, subscription_members

OURS = {"cancel_at_period_end", "trial_end", "status", "customer", "price_of_fake", "schedule"}
"""Members that the published example happens to leave out, or whose value is of our own making."""


@pytest.fixture(scope="module")
def fixtures() -> dict[str, Any]:
    shapes: dict[str, Any] = published(PUBLISHED.name)["resources"]
    return shapes


def test_a_subscription_has_members_that_stripe_publishes(fixtures):
    price = {"object": "price", "recurring": {"interval": "month"}}
    made = subscription_members(1, "cus_1", price, "si_1")
    assert made.keys() - fixtures["subscription"].keys() <= OURS
    item, example = made["items"]["data"][0], fixtures["subscription"]["items"]["data"][0]
    assert not item.keys() - example.keys()
    assert {name: type(value) for name, value in item.items()} == {name: type(example[name]) for name in item}


@pytest.mark.usefixtures("fixtures")
def test_what_is_sent_is_of_the_published_shape(counter, stripe, fixtures):
    stripe.books.turn(counter.buy(), "past_due")
    for kind in ("subscription", "checkout.session", "customer", "invoice", "event"):
        for made in stripe.books.of_kind(kind):
            assert not fixtures[kind].keys() - made.keys(), kind
            assert made.keys() - fixtures[kind].keys() <= OURS, kind


def test_the_page_for_operators_names_the_events_that_are_taken():
    listed = (ROOT / "docs" / "payment.md").read_text("utf-8").partition("```text\n")[2].partition("```")[0]
    assert set(listed.split()) == KINDS

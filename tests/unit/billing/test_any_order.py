"""In whichever order Stripe tells, late, twice or not at all: the plan is that of the subscription as it is."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import permutations
from random import Random

import pytest

from pingpilot.domain.errors import PaymentUnavailable
from pingpilot.domain.subscription import Status, Subscription
from pingpilot.manage import payments, subscriptions
from pingpilot.manage.payment_provider import PaymentProvider
from pingpilot.store.models import Bought, PaymentNote
from tests.servers.stripe.books import Books
from tests.servers.stripe.objects import Object
from tests.unit.billing.till import GRACE, Counter, provider_for

ENDS = {
    "active": "ENTERPRISE",
    "trialing": "ENTERPRISE",
    "past_due": "ENTERPRISE",  # within the grace
    "unpaid": "FREE",
    "paused": "FREE",
    "canceled": "FREE",
}
"""What is left in the end by the last status of a subscription that was changed from Pro to Enterprise before."""


def lived(books: Books, subscription: Object, status: str) -> None:
    """Let a subscription be changed, fail, recover, and come to its last status."""
    books.change(subscription, "price_enterprise_month")
    books.turn(subscription, "past_due")
    books.turn(subscription, "active")
    if status != "active":
        books.turn(subscription, status)


def telling(events: list[Object]) -> list[Object]:
    """Return the newest event of each kind, in the order in which the kinds came up."""
    return list({event["type"]: event for event in events}.values())


@pytest.mark.parametrize("status", ENDS)
def test_after_every_order_of_events_the_plan_is_right(counter, stripe, status):
    """Each order is a life of its own, of the same workspace: what the one before left is another subscription's."""
    lived(stripe.books, stripe.books.complete(counter.open()), status)
    kinds = telling(stripe.books.events)
    events = [kinds[0], *kinds[-3:]]
    counter.hear_all()
    subscription = Bought.objects.get()
    for order in permutations(events):
        PaymentNote.objects.all().delete()
        Bought.objects.filter(pk=subscription.pk).update(plan="PRO", price_plan="PRO", status="active", lapses_at=None)
        for event in order:
            counter.hear(event)
            counter.look()
        assert counter.plan == ENDS[status], [event["type"] for event in order]


@pytest.mark.parametrize("status", ENDS)
def test_the_first_event_alone_is_enough_whichever_it_is(counter, stripe, status):
    lived(stripe.books, stripe.books.complete(counter.open()), status)
    for event in telling(stripe.books.events):
        Bought.objects.all().delete()
        PaymentNote.objects.all().delete()
        counter.hear(event)
        counter.look()
        assert counter.plan == ENDS[status], event["type"]


@pytest.mark.parametrize("seed", range(6))
def test_events_mixed_with_what_happens_late_and_twice_leave_the_right_plan(counter, stripe, seed):
    """While the subscription goes on living, some of its events arrive, again and again, from its past."""
    chance = Random(seed)
    subscription = stripe.books.complete(counter.open())
    statuses = [chance.choice([*ENDS][:-1]) for _ in range(5)] + [chance.choice([*ENDS])]
    for status in statuses:
        stripe.books.turn(subscription, status)
        for event in chance.choices(stripe.books.events, k=2):
            counter.hear(event)
        if chance.random() < 0.5:
            counter.look()
    late = stripe.books.events * 2
    chance.shuffle(late)
    for event in late:
        counter.hear(event)
    counter.look()
    expected = ENDS[statuses[-1]]
    assert counter.plan == ("PRO" if expected == "ENTERPRISE" else expected)


def test_a_repeat_is_known_and_changes_nothing(counter, stripe):
    counter.buy()
    assert [counter.hear(event) for event in stripe.books.events] == [False] * len(stripe.books.events)
    asked = len(stripe.calls.asked)
    counter.look()
    assert len(stripe.calls.asked) == asked


def test_an_old_event_that_is_replayed_after_it_was_forgotten_does_no_harm(counter, stripe):
    created = counter.buy() and stripe.books.events[0]
    stripe.books.turn(stripe.books.of_kind("subscription")[0], "canceled")
    counter.hear_all()
    PaymentNote.objects.all().delete()
    counter.hear(created)
    counter.look()
    assert counter.plan == "FREE"


@dataclass
class Slow:
    """Stripe, whose next answer is on its way while others read a newer one."""

    stripe: PaymentProvider
    meanwhile: list[Callable[[], None]] = field(default_factory=list)

    def __getattr__(self, name):
        return getattr(self.stripe, name)

    def subscription(self, subscription: str) -> Subscription:
        read = self.stripe.subscription(subscription)
        if self.meanwhile:
            self.meanwhile.pop()()
        return read


def test_an_answer_that_was_overtaken_is_thrown_away(counter: Counter, stripe):
    subscription = counter.buy()
    slow = Slow(counter.provider)

    def overtake():
        stripe.books.turn(subscription, "canceled")
        assert subscriptions.look(counter.services, counter.provider, subscription["id"])

    slow.meanwhile.append(overtake)
    assert not subscriptions.look(counter.services, slow, subscription["id"])  # to be tried again
    assert counter.plan == "FREE"
    assert subscriptions.look(counter.services, slow, subscription["id"])
    assert counter.plan == "FREE"


def test_what_was_told_while_stripe_is_down_is_looked_into_later(counter, stripe, clock):
    stripe.books.complete(counter.open())
    stripe.is_down = True
    counter.hear_all()
    assert counter.plan == "FREE"
    assert set(PaymentNote.objects.values_list("tries", flat=True)) == {1}
    stripe.is_down = False
    counter.look()
    assert counter.plan == "FREE"  # not before its time
    clock.advance(seconds=10)
    counter.look()
    assert counter.plan == "PRO"
    assert not PaymentNote.objects.exclude(due_at=None).exists()


def test_a_worker_that_died_over_a_note_leaves_it_to_another(counter, stripe, clock):
    stripe.books.complete(counter.open())
    counter.hear(stripe.books.events[0])
    PaymentNote.objects.update(due_at=clock.now + timedelta(minutes=2), tries=1)
    counter.look()
    assert counter.plan == "FREE"
    clock.advance(minutes=3)
    counter.look()
    assert counter.plan == "PRO"


def test_the_plan_stays_for_the_grace_and_then_goes_by_itself(counter, stripe, clock):
    subscription = counter.buy()
    clock.advance(days=30)
    stripe.books.turn(subscription, "past_due")
    counter.hear_all()
    clock.advance(days=6, hours=23)
    subscriptions.look_at_lapsed(counter.services, counter.provider)
    assert counter.plan == "PRO"
    assert Bought.objects.get().lapses_at == clock.now + timedelta(hours=1)
    clock.advance(hours=1)
    subscriptions.look_at_lapsed(counter.services, counter.provider)
    assert counter.plan == "FREE"
    stripe.books.turn(subscription, "active")
    counter.hear_all()
    assert counter.plan == "PRO"


def test_a_further_unpaid_invoice_does_not_begin_the_grace_anew(counter, stripe, clock):
    subscription = counter.buy()
    stripe.books.turn(subscription, "past_due")
    counter.hear_all()
    clock.advance(days=5)
    stripe.books.turn(subscription, "past_due")
    counter.hear_all()
    assert Bought.objects.get().lapses_at == clock.now + GRACE - timedelta(days=5)


def test_a_price_that_left_the_settings_takes_nothing_from_who_pays_it(counter, stripe):
    subscription = counter.buy()
    provider = provider_for(stripe, prices=tuple(price for price in counter.provider.prices if price.plan != "PRO"))
    counter.sell_by(provider)
    stripe.books.end_period(subscription)
    counter.hear_all()
    assert counter.plan == "PRO"
    stripe.books.turn(subscription, "canceled")
    counter.hear_all()
    assert counter.plan == "FREE"


def test_a_subscription_of_another_product_is_left_alone(counter, stripe):
    foreign = stripe.books.add("customer", "cus")
    stripe.books.subscribe(foreign["id"], "price_pro_month")
    counter.hear_all()
    assert not Bought.objects.exists()
    assert not PaymentNote.objects.exclude(due_at=None).exists()


def test_a_key_of_another_account_takes_nothing_away(counter, stripe):
    subscription = counter.buy()
    del stripe.books.objects[subscription["id"]]
    subscriptions.look(counter.services, counter.provider, subscription["id"])
    assert counter.plan == "PRO"


def test_a_status_of_days_to_come_changes_nothing(counter, stripe):
    subscription = counter.buy()
    subscription["status"] = "hibernating"
    with pytest.raises(PaymentUnavailable):
        subscriptions.look(counter.services, counter.provider, subscription["id"])
    assert counter.plan == "PRO"
    assert "hibernating" not in set(Status)


def test_after_a_time_away_everything_is_compared(counter, stripe):
    bought = counter.buy()
    stripe.books.turn(bought, "canceled")  # nobody told
    customer = counter.customer
    new = stripe.books.subscribe(customer, "price_enterprise_year")
    subscriptions.sweep(counter.services, counter.provider)
    assert counter.plan == "ENTERPRISE"
    assert set(Bought.objects.values_list("pk", "status")) == {(bought["id"], "canceled"), (new["id"], "active")}
    asked = len(stripe.calls.asked)
    subscriptions.sweep(counter.services, counter.provider)
    assert len(stripe.calls.asked) == asked + 4  # a list for each price, and nothing to look at


def test_everything_is_compared_page_by_page(counter, stripe, monkeypatch):
    monkeypatch.setattr("pingpilot.billing.stripe_provider.PAGE", 2)
    customer = stripe.books.complete(counter.open())["customer"]
    for _ in range(4):
        stripe.books.subscribe(customer, "price_pro_month")
    assert len({one.id for one in counter.provider.running()}) == 5


def test_a_customer_who_was_deleted_at_stripe_has_nothing_any_more(counter, stripe):
    subscription = counter.buy()
    subscription.update(status="canceled", ended_at=stripe.books.now)
    stripe.books.tell("customer.deleted", stripe.books.objects[counter.customer])
    counter.hear_all()
    assert counter.plan == "FREE"


def test_what_ends_later_stays_until_then(counter, stripe):
    subscription = counter.buy()
    stripe.books.cancel_later(subscription)
    counter.hear_all()
    assert counter.plan == "PRO"
    bought = payments.standing(counter.workspace).bought
    assert bought is not None
    assert bought.ends_at is not None
    assert int(bought.ends_at.timestamp()) == subscription["items"]["data"][0]["current_period_end"]
    stripe.books.end_period(subscription)
    counter.hear_all()
    assert counter.plan == "FREE"

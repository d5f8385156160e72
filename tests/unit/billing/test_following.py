"""The chore: what was told is looked into at once, everything after a start and daily."""

import asyncio
import socket
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from pingpilot.billing.following import BREATH, EVERY, Following
from pingpilot.billing.stripe_calls import StripeCalls
from pingpilot.domain.errors import PaymentUnavailable
from pingpilot.manage import payment_notes
from pingpilot.manage.payment_provider import PaymentProvider
from pingpilot.store.models import PaymentNote
from pingpilot.store.reader import Reader
from tests.servers.stripe.server import KEY


@pytest.fixture
def chore(services, counter):
    return Following(services, counter.provider, Reader(threads=1))


def rest(chore):
    """Do turns until there is nothing left to do."""
    while chore.look() != EVERY:
        pass


def test_what_was_told_is_looked_into_at_the_next_turn(chore, counter, stripe):
    rest(chore)
    counter.hear(stripe.books.complete(counter.open()) and stripe.books.events[0])
    rest(chore)
    assert counter.plan == "PRO"


def test_after_a_start_what_nobody_told_is_found(chore, counter, stripe):
    stripe.books.complete(counter.open())
    rest(chore)
    assert counter.plan == "PRO"


def test_everything_is_compared_once_a_day_whoever_does_it(services, chore, counter, clock):
    rest(chore)
    rest(
        Following(services, counter.provider, Reader(threads=1))
    )  # another process, or one that starts again and again
    assert PaymentNote.objects.filter(kind=payment_notes.SWEEP).count() == 1
    clock.advance(days=1)
    rest(chore)
    rest(chore)
    assert PaymentNote.objects.filter(kind=payment_notes.SWEEP).count() == 2


def test_what_lapses_is_noticed_within_a_minute(chore, counter, stripe, clock):
    stripe.books.turn(counter.buy(), "past_due")
    counter.hear_all()
    clock.advance(days=7)
    rest(chore)
    assert counter.plan == "FREE"


def test_old_notes_are_forgotten(chore, counter, clock):
    counter.buy()
    clock.advance(days=46)
    rest(chore)
    assert set(PaymentNote.objects.values_list("kind", flat=True)) == {payment_notes.SWEEP}


def test_stripe_that_is_down_does_not_end_it(chore, counter, stripe, clock):
    stripe.books.complete(counter.open())
    stripe.is_down = True
    rest(chore)
    assert counter.plan == "FREE"
    stripe.is_down = False
    clock.advance(seconds=10)
    rest(chore)
    assert counter.plan == "PRO"


def test_it_works_beside_the_event_loop(services, counter):
    async def turn() -> set[str]:
        thread = Reader(threads=1)
        rest = await Following(services, Watched(counter.provider), thread).turn()
        await thread.run(close_this_threads)
        thread.close()
        assert rest == BREATH
        return seen

    def close_this_threads() -> None:
        connection.close()

    seen: set[str] = set()

    class Watched:
        """Stripe, who notes on which thread everything is compared."""

        def __init__(self, stripe: PaymentProvider) -> None:
            self.stripe = stripe

        def __getattr__(self, name: str) -> Any:
            seen.add(threading.current_thread().name)
            return getattr(self.stripe, name)

    assert asyncio.run(turn())
    assert threading.current_thread().name not in seen


def test_a_call_that_is_not_answered_ends_in_time():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        calls = StripeCalls(KEY, f"http://127.0.0.1:{silent.getsockname()[1]}", patience_s=(0.5, 0.5))
        began = time.monotonic()
        with pytest.raises(PaymentUnavailable):
            calls.ask(lambda: calls.client.v1.subscriptions.retrieve("sub_1"))
        assert timedelta(seconds=time.monotonic() - began) < timedelta(seconds=5)

"""What the tests of selling stand on: services that sell, and somebody who buys."""

import json
from dataclasses import dataclass, replace
from datetime import timedelta

from pingpilot.billing.stripe_calls import StripeCalls
from pingpilot.billing.stripe_provider import StripeProvider
from pingpilot.domain.price import Interval, Price
from pingpilot.manage import payment_notes, payments
from pingpilot.manage.audit import Actor
from pingpilot.manage.payment_provider import PaymentProvider
from pingpilot.manage.services import Services
from pingpilot.store.models import Payer, Workspace
from tests.servers.stripe.objects import Object
from tests.servers.stripe.server import KEY, SECRET, SOLD, FakeStripe
from tests.servers.stripe.telling import signature
from tests.unit.manage import sample
from tests.unit.manage.sample import Clock, Pipeline, make_workspace

__all__ = ["GRACE", "PRICES", "Clock", "Counter", "make_services", "make_workspace", "provider_for"]

PRICES = tuple(Price(plan, Interval(every), price) for price, (plan, every, _) in SOLD.items())
GRACE = timedelta(days=7)


def provider_for(
    stripe: FakeStripe,
    *,
    prices: tuple[Price, ...] = PRICES,
    secrets: tuple[str, ...] = (SECRET,),
    has_tax: bool = False,
) -> StripeProvider:
    calls = StripeCalls(KEY, stripe.url, patience_s=(30, 30))
    return StripeProvider(calls, secrets, prices, GRACE, [stripe.url], has_tax=has_tax)


def make_services(clock: Clock, stripe: FakeStripe) -> Services:
    return sample.make_services(clock, Pipeline(), payments=provider_for(stripe))


@dataclass
class Counter:
    """Where somebody buys."""

    services: Services
    stripe: FakeStripe
    workspace: Workspace

    @property
    def actor(self) -> Actor:
        return Actor(self.workspace.memberships.get(role="owner").user, "192.0.2.7")

    @property
    def provider(self) -> PaymentProvider:
        assert self.services.payments is not None
        return self.services.payments

    @property
    def plan(self) -> str:
        return Workspace.objects.get(pk=self.workspace.pk).plan

    @property
    def customer(self) -> str:
        return Payer.objects.get(pk=self.workspace.pk).customer or ""

    def sell_by(self, provider: PaymentProvider) -> None:
        self.services = replace(self.services, payments=provider)

    def open(self, plan: str = "PRO", interval: str = "month") -> Object:
        """Open a checkout, and return it as Stripe has it."""
        url = payments.buy(self.services, self.workspace, plan, interval, self.actor)
        return self.stripe.books.objects[url.rsplit("/", 1)[-1]]

    def buy(self, plan: str = "PRO", interval: str = "month") -> Object:
        """Buy, be told, and return the subscription."""
        subscription = self.stripe.books.complete(self.open(plan, interval))
        self.hear_all()
        return subscription

    def hear(self, event: Object) -> bool:
        """Be told of an event, signed; False when it is known."""
        return payment_notes.keep(self.services, self.provider.hear(*signed(event)))

    def hear_all(self) -> None:
        """Be told of everything so far, and look into it."""
        for event in self.stripe.books.events:
            self.hear(event)
        self.look()

    def look(self) -> None:
        """Look into what is due."""
        while payment_notes.work_off(self.services, self.provider):
            pass


def signed(event: Object) -> tuple[bytes, str]:
    body = json.dumps(event).encode()
    return body, signature(body, SECRET)

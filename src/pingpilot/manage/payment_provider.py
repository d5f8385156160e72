"""What sells plans: the payment provider, as the use cases see it. ``billing`` holds the one there is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from pingpilot.domain.price import Price
from pingpilot.domain.subscription import Subscription


@dataclass(frozen=True, slots=True)
class Customer:
    """A workspace, as the provider is told of it. Repeats with the same ``nonce`` make one customer."""

    workspace: int
    name: str = field(repr=False)
    email: str = field(repr=False)
    nonce: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants to buy. Repeats with the same ``nonce`` open one checkout.

    The browser comes back to ``paid_url`` or ``left_url``, which says nothing: what counts is what the provider tells.
    """

    workspace: int
    customer: str
    price: Price
    paid_url: str
    left_url: str
    nonce: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Opened:
    """A page of the provider's to send a browser to."""

    id: str
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Change:
    """Another price for a subscription that runs, to be confirmed on the provider's page."""

    subscription: str
    price: Price


@dataclass(frozen=True, slots=True)
class Heard:
    """Something that the provider told: which of its things to look at."""

    id: str
    kind: str
    subscription: str = ""
    customer: str = ""


class PaymentProvider(Protocol):
    """Asks the payment provider; every call has a deadline. What does not come off raises PaymentUnavailable.

    ``prices`` are those of the operator's settings. ``grace`` is how long a plan stays after a payment has failed.
    """

    prices: Sequence[Price]
    grace: timedelta

    def new_customer(self, customer: Customer) -> str:
        """Make a customer, and return its id."""
        ...

    def open_checkout(self, order: Order) -> Opened:
        """Open a checkout; raises NotFound when the customer is gone."""
        ...

    def close_checkout(self, opened: str) -> bool:
        """Close a checkout to those who have it open; False when it was paid already."""
        ...

    def open_portal(self, customer: str, back_url: str, change: Change | None) -> str:
        """Return the address of the page where a customer changes or cancels; raises NotFound as above."""
        ...

    def subscription(self, subscription: str) -> Subscription:
        """Read a subscription; raises NotFound."""
        ...

    def subscriptions_of(self, customer: str) -> Sequence[Subscription]:
        """Read what a customer has, or had; raises NotFound."""
        ...

    def running(self) -> Iterable[Subscription]:
        """Read all that run for one of the prices."""
        ...

    def cancel(self, subscription: str) -> None:
        """End a subscription at once."""
        ...

    def hear(self, body: bytes, signature: str) -> Heard:
        """Return what the provider tells; raises UnknownCaller when it is not the provider, or talks nonsense."""
        ...

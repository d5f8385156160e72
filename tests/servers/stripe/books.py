"""What the fake Stripe keeps, and what becomes of a subscription: each change makes the events that Stripe would."""

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.servers.stripe.objects import Object, Shapes, seconds_of, subscription_members

RUNNING = ("active", "trialing", "past_due", "unpaid", "paused", "incomplete")


class Refusal(Exception):
    """An answer that is none of the objects."""

    def __init__(self, status: int, message: str, code: str = "", param: str = "") -> None:
        super().__init__(message)
        self.status, self.code, self.param = status, code, param


@dataclass
class Books:
    """One account of Stripe's. ``sold``: plan and interval by price."""

    sold: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    objects: dict[str, Object] = field(default_factory=dict)
    events: list[Object] = field(default_factory=list)
    clock: Callable[[], float] = time.time
    _shapes: Shapes = field(default_factory=Shapes)
    _count: int = 1_000

    @property
    def now(self) -> int:
        return int(self.clock())

    def get(self, id_: str, kind: str, param: str = "id") -> Object:
        """Return an object; refuse one that is not there as Stripe does."""
        found = self.objects.get(id_)
        if found is None or found["object"] != kind or (param == "customer" and found.get("deleted")):
            raise Refusal(404 if param == "id" else 400, f"No such {kind}: '{id_}'", "resource_missing", param)
        return found

    def of_kind(self, kind: str) -> list[Object]:
        """Return all of a kind, the newest first."""
        return [one for one in reversed(self.objects.values()) if one["object"] == kind]

    def add(self, kind: str, prefix: str, **own: Any) -> Object:
        """Make an object, and keep it."""
        self._count += 1
        made = self._shapes.make(kind, f"{prefix}_{self._count}fake", **own)
        self.objects[made["id"]] = made
        return made

    def price(self, id_: str) -> Object:
        """Return a price that is sold."""
        if id_ not in self.sold:
            raise Refusal(400, f"No such price: '{id_}'", "resource_missing", "line_items[0][price]")
        plan, interval, dollars = self.sold[id_]
        recurring = {"interval": interval, "interval_count": 1, "usage_type": "licensed"}
        return self._shapes.make(
            "price",
            id_,
            recurring=recurring,
            unit_amount=dollars * 100,
            currency="usd",
            nickname=plan,
            type="recurring",
        )

    def tell(self, kind: str, about: Object) -> Object:
        """Make an event about an object as it is at this moment."""
        event = self.add(
            "event", "evt", type=kind, created=self.now, data={"object": copy.deepcopy(about)}, api_version=None
        )
        self.events.append(event)
        return event

    def subscribe(self, customer: str, price: str, status: str = "active") -> Object:
        """Begin a subscription, and pay for it where it is active."""
        self.get(customer, "customer", "customer")
        item = f"si_{self._count}fake"
        made = self.add("subscription", "sub", **subscription_members(self.now, customer, self.price(price), item))
        made["status"] = status
        self.tell("customer.subscription.created", made)
        if status in {"active", "trialing"}:
            self.tell("invoice.paid", self._invoice(made, "paid"))
        return made

    def complete(self, session: Object) -> Object:
        """Pay a checkout."""
        if session["status"] != "open":
            raise Refusal(400, "This checkout is closed")
        made = self.subscribe(session["customer"], session["price_of_fake"])
        made["metadata"] = session["metadata"]
        session.update(status="complete", payment_status="paid", subscription=made["id"])
        self.tell("checkout.session.completed", session)
        return made

    def turn(self, subscription: Object, status: str) -> None:
        """Put a subscription into a status, whatever led there; what is over is over."""
        subscription["status"] = status
        if status == "past_due":
            self.tell("invoice.payment_failed", self._invoice(subscription, "open"))
        if status == "canceled":
            subscription.update(canceled_at=self.now, ended_at=self.now)
            self.tell("customer.subscription.deleted", subscription)
        elif status == "paused":
            self.tell("customer.subscription.paused", subscription)
        else:
            self.tell("customer.subscription.updated", subscription)

    def change(self, subscription: Object, price: str) -> None:
        """Change what a subscription is for."""
        subscription["items"]["data"][0]["price"] = self.price(price)
        self.tell("customer.subscription.updated", subscription)
        self.tell("invoice.paid", self._invoice(subscription, "paid"))

    def cancel_later(self, subscription: Object, *, is_cancelled: bool = True) -> None:
        """Let a subscription end with its period; or go on, after all."""
        end = subscription["items"]["data"][0]["current_period_end"]
        subscription.update(
            cancel_at_period_end=is_cancelled,
            cancel_at=end if is_cancelled else None,
            canceled_at=self.now if is_cancelled else None,
        )
        self.tell("customer.subscription.updated", subscription)

    def end_period(self, subscription: Object) -> None:
        """Let the period end: the subscription is over, or begins the next one and is paid."""
        if subscription["cancel_at_period_end"]:
            self.turn(subscription, "canceled")
            return
        item = subscription["items"]["data"][0]
        begin = item["current_period_end"]
        item.update(current_period_start=begin, current_period_end=begin + seconds_of(item["price"]))
        self.tell("customer.subscription.updated", subscription)
        self.tell("invoice.paid", self._invoice(subscription, "paid"))

    def _invoice(self, subscription: Object, status: str) -> Object:
        made = self.add(
            "invoice",
            "in",
            customer=subscription["customer"],
            created=self.now,
            status=status,
            parent={"type": "subscription_details", "subscription_details": {"subscription": subscription["id"]}},
        )
        subscription["latest_invoice"] = made["id"]
        return made

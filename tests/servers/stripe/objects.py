"""Stripe's objects: what Stripe publishes of their shape, where that is at hand, and our own members over it."""

import copy
import json
from typing import Any

from tests.architecture.source import ROOT

PUBLISHED = ROOT.parent / "shared" / "specs" / "stripe-fixtures3.json"
"""Stripe's published fixtures. Without them an object has the members alone that are set here."""

Object = dict[str, Any]


class Shapes:
    """Makes objects of Stripe's."""

    def __init__(self) -> None:
        self._known: dict[str, Object] = {}
        if PUBLISHED.is_file():
            self._known = json.loads(PUBLISHED.read_text("utf-8"))["resources"]

    def make(self, kind: str, id_: str, **own: Any) -> Object:
        """Return a new object of a kind."""
        return {**copy.deepcopy(self._known.get(kind, {})), "object": kind, "id": id_, "livemode": False, **own}


def subscription_members(now: int, customer: str, price: Object, item: str) -> Object:
    """Return what a subscription begins with; it is active."""
    end = now + seconds_of(price)
    return {
        "customer": customer,
        "status": "active",
        "created": now,
        "start_date": now,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "ended_at": None,
        "trial_end": None,
        "latest_invoice": None,
        "items": {
            "object": "list",
            "has_more": False,
            "data": [
                {
                    "object": "subscription_item",
                    "id": item,
                    "price": price,
                    "quantity": 1,
                    "current_period_start": now,
                    "current_period_end": end,
                }
            ],
        },
    }


def seconds_of(price: Object) -> int:
    """Return how long a price is paid for."""
    return (30 if price["recurring"]["interval"] == "month" else 365) * 86_400

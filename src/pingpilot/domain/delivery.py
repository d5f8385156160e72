"""The states of a delivery and the changes allowed between them."""

from enum import StrEnum


class DeliveryState(StrEnum):
    """Where a delivery is on its way."""

    PENDING = "PENDING"
    """Waits for its time (``due_at``)."""
    SENDING = "SENDING"
    """Leased by one worker until ``lease_until``."""
    DELIVERED = "DELIVERED"
    """The provider took it. Final, unless the provider says later that it failed."""
    DEAD = "DEAD"
    """Given up; may be replayed by hand. Final."""
    HELD = "HELD"
    """Its event waits for quota (``over_limit`` is ``hold``); nothing looks at it until it is released."""


FINAL = frozenset({DeliveryState.DELIVERED, DeliveryState.DEAD})

TRANSITIONS: dict[DeliveryState, frozenset[DeliveryState]] = {
    DeliveryState.PENDING: frozenset({DeliveryState.SENDING, DeliveryState.DEAD}),
    DeliveryState.SENDING: frozenset({DeliveryState.PENDING, DeliveryState.DELIVERED, DeliveryState.DEAD}),
    DeliveryState.DELIVERED: frozenset({DeliveryState.PENDING, DeliveryState.DEAD}),
    DeliveryState.DEAD: frozenset({DeliveryState.PENDING}),
    DeliveryState.HELD: frozenset({DeliveryState.PENDING}),
}
"""From → to. PENDING → DEAD: its destination was removed. Final → PENDING: a replay by hand. HELD is a beginning.

DELIVERED → DEAD or PENDING: the provider says later that the message failed, for good or for now.
"""


def is_allowed(old: DeliveryState, new: DeliveryState) -> bool:
    """Tell whether a delivery may go from one state to another."""
    return new in TRANSITIONS[old]

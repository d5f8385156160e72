"""How states and outcomes are called in the dashboard, and in which tone they are shown."""

from dataclasses import dataclass

from pingpilot.domain.delivery import DeliveryState
from pingpilot.domain.event import EventStatus
from pingpilot.domain.outcome import (
    NAMES,
    AddressDead,
    AddressSuspect,
    BadMessage,
    Delivered,
    RateLimited,
    SenderBroken,
    Transient,
    Unknown,
)


@dataclass(frozen=True, slots=True)
class Word:
    """What to say, and the tone: ``good``, ``warn``, ``bad`` or ``wait``."""

    text: str
    tone: str


_DELIVERY = {
    DeliveryState.PENDING: Word("Waiting", "wait"),
    DeliveryState.SENDING: Word("Sending", "wait"),
    DeliveryState.DELIVERED: Word("Delivered", "good"),
    DeliveryState.DEAD: Word("Failed", "bad"),
}
_EVENT = {
    EventStatus.PENDING: Word("Pending", "wait"),
    EventStatus.DELIVERED: Word("Delivered", "good"),
    EventStatus.FAILED: Word("Failed", "bad"),
}
_OUTCOME = {
    NAMES[Delivered]: Word("Delivered", "good"),
    NAMES[RateLimited]: Word("Rate limited", "warn"),
    NAMES[Transient]: Word("Temporary problem", "warn"),
    NAMES[Unknown]: Word("No answer", "warn"),
    NAMES[BadMessage]: Word("Message refused", "bad"),
    NAMES[AddressDead]: Word("Address unreachable", "bad"),
    NAMES[AddressSuspect]: Word("Address may be gone", "warn"),
    NAMES[SenderBroken]: Word("Channel needs its operator", "bad"),
}


def delivery_word(state: str) -> Word:
    """Return the word for a delivery's state."""
    return _DELIVERY[DeliveryState(state)]


def event_word(status: str) -> Word:
    """Return the word for an event's status."""
    return _EVENT[EventStatus(status)]


def outcome_word(name: str) -> Word:
    """Return the word for an attempt's outcome, by its name in the store."""
    return _OUTCOME[name]

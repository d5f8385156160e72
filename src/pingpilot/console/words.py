"""How states and outcomes are called in the dashboard, and in which tone they are shown."""

from dataclasses import dataclass

from pingpilot.domain.delivery import DeliveryState
from pingpilot.domain.event import EventStatus, Severity
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
from pingpilot.domain.role import Role


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
    DeliveryState.HELD: Word("Waiting for quota", "wait"),
}
GRAVITY = {Severity.WARNING: Word("Warning", "warn"), Severity.CRITICAL: Word("Critical", "bad")}
"""What is said of an event that matters more than others, by its severity."""
HELD = Word("Held", "wait")
"""Of an event that waits for quota."""
REPEAT = Word("Repeat", "wait")
"""Of an event that was counted only."""
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


@dataclass(frozen=True, slots=True)
class RoleWord:
    """What a role is called, alone and in a sentence, and what who has it does."""

    name: str
    article: str
    text: str


ROLE_WORDS = {
    Role.OWNER: RoleWord("Owner", "the owner", "does everything, the plan and the end of the workspace included"),
    Role.ADMIN: RoleWord("Admin", "an admin", "runs the workspace: members, keys, settings, the audit log"),
    Role.MEMBER: RoleWord("Member", "a member", "works with it: categories, channels, test events, the API key"),
    Role.VIEWER: RoleWord("Viewer", "a viewer", "looks at everything but the key, and changes nothing"),
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

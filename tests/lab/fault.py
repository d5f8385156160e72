"""What a provider may do wrong."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """How a provider deals with a message."""

    WELL = "well"
    """It takes it and says so; with ``seconds``, after that time."""
    TRICKLE = "trickle"
    """It takes it and says so, byte by byte."""
    HANG = "hang"
    """It never answers; what hangs is cut off when the provider gets another fault."""
    SHUT = "shut"
    """Nobody listens: connections are refused. Of a whole provider only."""
    RESET_EARLY = "reset-early"
    """It resets the connection before it has read the request."""
    RESET_LATE = "reset-late"
    """It reads the request, then resets the connection."""
    SWALLOW = "swallow"
    """It takes the message, then resets the connection: the sender cannot know."""
    LIMIT = "limit"
    """Too many: it says when to come again, in its own form."""
    LIMIT_BARE = "limit-bare"
    """Too many, without a time."""
    BROKEN = "broken"
    """A 5xx without a meaning."""
    GARBAGE = "garbage"
    """It takes the message, and its answer cannot be read."""
    REFUSAL = "refusal"
    """One of the errors that it documents, by ``name``."""


TAKES = frozenset({Kind.WELL, Kind.TRICKLE, Kind.SWALLOW, Kind.GARBAGE})
"""Whoever got one of these has the message."""


@dataclass(frozen=True)
class Fault:
    """How to deal with every message from now on."""

    kind: Kind = Kind.WELL
    seconds: float = 0
    name: str = ""

    def told(self) -> dict[str, Any]:
        """Return it as JSON can carry it."""
        return asdict(self)


WELL = Fault()


def fault_of(told: dict[str, Any]) -> Fault:
    """Read what ``told`` wrote."""
    return Fault(Kind(told["kind"]), told["seconds"], told["name"])

"""What comes of an owner's signing in with a channel's provider: it tells us the address, so that nobody types it."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field

from pingpilot.domain.wire import Call, Reply


@dataclass(frozen=True, slots=True)
class Connected:
    """The provider told us who they are: ``settings`` are the owner fields it fills in, ``name`` what it calls them."""

    settings: Mapping[str, str] = field(repr=False)
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NotConnected:
    """It did not; ``reason`` is for the owner and says what to do, without a full stop."""

    reason: str


Exchange = Generator[Call, Reply, Connected | NotConnected]
"""From the code that came back with the owner to who they are."""

"""What the chores that speak to people make their words of."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Voice:
    """The instance's address; each channel's name, and what its operator checks when it is refused; ids; the time.

    ``shared`` are the channels whose messages go out under a credential of the instance.
    """

    public_url: str
    labels: Mapping[str, str]
    remedies: Mapping[str, str]
    shared: Collection[str]
    new_ids: Callable[[int], list[str]]
    now: Callable[[], datetime]

    def label(self, channel: str) -> str:
        """Return the name of a channel; its kind where this instance lost it."""
        return self.labels.get(channel, channel)

"""What processes tell each other, where a broker carries it.

It comes soon, and may be lost: whoever hears nothing looks for himself, every 2 s at the latest.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    """What is told, with the word that goes with it."""

    CHANGED = "changed"
    """A workspace's keys, categories, destinations or plan: its id."""
    STIRRED = "stirred"
    """Something happened in a workspace that its pages show: its id."""
    DUE = "due"
    """Deliveries are due that nobody announces: no word."""
    PAUSED = "paused"
    """A provider asked to be left alone: ``pingpilot.deliver.pacing`` makes the word and reads it."""
    WORKING = "working"
    """A worker is there: its name."""


Hear = Callable[[str], None]


class Signals(Protocol):
    """Carries words to the other processes of an instance. Lives on one event loop."""

    def hear(self, kind: Kind, listener: Hear) -> None:
        """Have somebody told of each word of a kind that another process says."""
        ...

    def say(self, kind: Kind, word: str = "") -> None:
        """Say a word, soon and without waiting; the same word of a moment is said once."""
        ...

    async def run(self) -> None:
        """Say and hear until cancelled."""
        ...


class Silence:
    """Where there is nobody else, or no way to them."""

    def hear(self, kind: Kind, listener: Hear) -> None:
        """Take a listener, who will hear nothing."""

    def say(self, kind: Kind, word: str = "") -> None:
        """Do nothing."""

    async def run(self) -> None:
        """Return at once: nothing is said."""

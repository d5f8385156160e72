"""Room for conversations: those that take long step aside, so that addresses that hang hold up no others.

A conversation keeps its slot for a second at most. An address is quick once one ended in time, and slow when one took
longer. All slots are for the quick; the others get half of them, and the slow a bounded number of places beside. Of
both no workspace gets more than it leaves free, so there is always room for the next one.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto

from pingpilot.domain.ids import DeliveryId, DestinationId, WorkspaceId
from pingpilot.domain.routing import Route
from pingpilot.store.deliveries import Job

PATIENCE = timedelta(seconds=1)
"""How long a conversation keeps its slot: nobody waits longer than this for those before them."""
SLOW_FACTOR = 3
"""Conversations with slow addresses, for each slot."""
ALL_FACTOR = 8
"""Conversations in all, for each slot: at one moment many addresses may turn out to be slow."""
KNOWN_MAX = 100_000
"""Addresses whose pace is known; past it, all of them show it anew."""


class Pace(Enum):
    """What the last conversation with an address showed."""

    NEW = auto()
    QUICK = auto()
    SLOW = auto()


@dataclass(slots=True)
class _Talk:
    """One conversation; ``pace`` is that of its address when it was let in."""

    begun: datetime
    destination: DestinationId
    workspace: WorkspaceId
    pace: Pace


@dataclass(slots=True)
class Places:
    """Places that workspaces share: none gets more of them than it leaves free."""

    free: int
    taken: Counter[WorkspaceId] = field(default_factory=Counter)

    def has_one_for(self, workspace: WorkspaceId, promised: Counter[WorkspaceId]) -> bool:
        """Tell whether a workspace may have one more, beside those that were promised."""
        return self.taken[workspace] + promised[workspace] < self.free - promised.total()

    def take(self, workspace: WorkspaceId) -> None:
        """Count one place of a workspace."""
        self.free -= 1
        self.taken[workspace] += 1

    def give_back(self, workspace: WorkspaceId) -> None:
        """Count one place less."""
        self.free += 1
        self.taken[workspace] -= 1
        if not self.taken[workspace]:
            del self.taken[workspace]


class Slots:
    """Counts conversations. Lives on one event loop."""

    def __init__(self, size: int) -> None:
        """Take how many conversations may be young at a time."""
        self._size = size
        self._expected: dict[DeliveryId, Pace] = {}
        """Those let in whose lease is asked for."""
        self._young: dict[DeliveryId, _Talk] = {}
        self._long: dict[DeliveryId, _Talk] = {}
        self._paces: dict[DestinationId, Pace] = {}
        self.unproven = Places((size + 1) // 2)
        """For the young ones with addresses that are not quick."""
        self.slow = Places(size * SLOW_FACTOR)
        """For the long ones, and those with slow addresses."""

    def pace_of(self, destination: DestinationId) -> Pace:
        """Return what the last conversation with an address showed."""
        return self._paces.get(destination, Pace.NEW)

    def expect(self, delivery: DeliveryId, route: Route) -> None:
        """Keep a place for a conversation that will begin, or come to nothing."""
        self._expected[delivery] = self._let_in(route)

    def forgo(self, delivery: DeliveryId, route: Route) -> None:
        """Give up a place that was kept."""
        self._leave(route.workspace, self._expected.pop(delivery))

    def begin(self, delivery: DeliveryId, way: Route | Job, now: datetime) -> None:
        """Count a conversation that begins."""
        pace = self._expected.pop(delivery, None) or self._let_in(way)
        self._young[delivery] = _Talk(now, way.destination, way.workspace, pace)

    def end(self, delivery: DeliveryId, now: datetime) -> bool:
        """Count it no more; return whether it took long."""
        self.look(now)  # nobody may have looked for a while, where there was room for all
        if (talk := self._long.pop(delivery, None)) is not None:
            self.slow.give_back(talk.workspace)
            return True
        talk = self._young.pop(delivery)
        self._leave(talk.workspace, talk.pace)
        self._learn(talk.destination, Pace.QUICK)
        return False

    def free(self, now: datetime) -> int:
        """Return how many may begin."""
        self.look(now)
        begun_or_about_to = len(self._young) + len(self._expected)
        return min(self._size - begun_or_about_to, self._size * ALL_FACTOR - len(self))

    def look(self, now: datetime) -> None:
        """Let what has become long step aside. The young are in the order of their beginning."""
        while self._young:
            delivery, talk = next(iter(self._young.items()))
            if timedelta(0) <= now - talk.begun < PATIENCE:  # less than nothing: the clock was set back
                return
            self._step_aside(delivery, talk)

    def until_change(self, now: datetime) -> timedelta:
        """Return when the next conversation will step aside unless it ends before."""
        return next((talk.begun + PATIENCE - now for talk in self._young.values()), PATIENCE)

    def _let_in(self, way: Route | Job) -> Pace:
        pace = self.pace_of(way.destination)
        if pace is not Pace.QUICK:
            self.unproven.take(way.workspace)
        if pace is Pace.SLOW:
            self.slow.take(way.workspace)
        return pace

    def _leave(self, workspace: WorkspaceId, pace: Pace) -> None:
        if pace is not Pace.QUICK:
            self.unproven.give_back(workspace)
        if pace is Pace.SLOW:
            self.slow.give_back(workspace)

    def _step_aside(self, delivery: DeliveryId, talk: _Talk) -> None:
        del self._young[delivery]
        self._long[delivery] = talk
        if talk.pace is not Pace.QUICK:
            self.unproven.give_back(talk.workspace)
        if talk.pace is not Pace.SLOW:
            self.slow.take(talk.workspace)
        self._learn(talk.destination, Pace.SLOW)

    def _learn(self, destination: DestinationId, pace: Pace) -> None:
        if len(self._paces) >= KNOWN_MAX:
            self._paces.clear()
        self._paces[destination] = pace

    def __len__(self) -> int:
        """Return how many conversations there are, with those that places are kept for."""
        return len(self._young) + len(self._long) + len(self._expected)


class Opening:
    """Lets in whoever finds room, and counts them. For one opportunity: those let in begin before the next."""

    def __init__(self, slots: Slots, now: Callable[[], datetime]) -> None:
        """Take the slots to look at, and the clock: who waits for room may wait for some time."""
        self._slots = slots
        self._now = now
        self._unproven, self._slow = Counter[WorkspaceId](), Counter[WorkspaceId]()

    def admits(self, route: Route) -> bool:
        """Tell whether one more may begin on a route; if so, it counts as let in."""
        pace, workspace = self._slots.pace_of(route.destination), route.workspace
        if pace is Pace.QUICK:
            return True
        self._slots.look(self._now())
        if not self._slots.unproven.has_one_for(workspace, self._unproven):
            return False
        if pace is Pace.SLOW and not self._slots.slow.has_one_for(workspace, self._slow):
            return False
        self._unproven[workspace] += 1
        self._slow[workspace] += pace is Pace.SLOW
        return True

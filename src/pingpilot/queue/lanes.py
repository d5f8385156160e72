"""Fair turns: ids wait in one lane for each address, and leave workspace by workspace, in it address by address.

However many deliveries one workspace has waiting, those of another are next but one. An address gets more of the
connections the quicker it answers, up to a share; one that is slow falls back to a few. Where all is full, the longest
lane yields to those that hold less than their part.
"""

from collections import OrderedDict, deque
from collections.abc import Callable

from pingpilot.domain.ids import DeliveryId, DestinationId, WorkspaceId
from pingpilot.domain.routing import Route

MayGo = Callable[[Route], bool]
"""Whether deliveries on a route may be attempted now."""
Turn = tuple[DeliveryId, Route]
"""A delivery whose turn it is, and its route."""

LANE_MAX = 1_000
"""Ids that wait in one lane; what is more stays in the store, and the relay brings it in time."""
SHARE_FIRST, SHARE_MAX, SHARE_STEP = 4, 32, 2
"""Attempts of one address at a time: at first and after a slow answer, at most, and more after each quick one."""

SOON_FACTOR = 8
"""Ids that wait in a lane, for each attempt of its address at a time, and still go within a moment."""


class _Lane:
    """What waits for one address, and how much of it is on its way."""

    __slots__ = ("flying", "route", "share", "waiting")

    def __init__(self, route: Route) -> None:
        self.route = route
        self.waiting: deque[DeliveryId] = deque()
        self.flying = 0
        self.share = SHARE_FIRST


class Lanes:
    """Holds each id once, from ``put`` until ``done``. Lives on one event loop."""

    def __init__(self, capacity: int, given_up: Callable[[DeliveryId], None] = lambda _: None) -> None:
        """Take how many ids may be held, and who hears of each that gave up its place."""
        self._capacity = capacity
        self._given_up = given_up
        self._held: dict[DeliveryId, _Lane] = {}
        self._lanes: dict[DestinationId, _Lane] = {}
        self._turns: OrderedDict[WorkspaceId, deque[_Lane]] = OrderedDict()
        self._waiting = 0
        self._longest: _Lane | None = None
        """The longest lane when that was looked for; it may have become shorter."""

    @property
    def room(self) -> int:
        """How many more ids would find room."""
        return self._capacity - len(self._held)

    @property
    def waiting(self) -> int:
        """How many ids wait for their turn."""
        return self._waiting

    def room_on(self, destination: DestinationId) -> int:
        """Return how many more ids would find room in the lane of an address."""
        lane = self._lanes.get(destination)
        waiting = len(lane.waiting) if lane else 0
        return min(LANE_MAX - waiting, max(self.room, self._part - waiting, 0))

    def soon_on(self, destination: DestinationId) -> int:
        """Return how many more ids in the lane of an address would get their turn within a moment."""
        lane = self._lanes.get(destination)
        of_address = SHARE_FIRST * SOON_FACTOR if lane is None else lane.share * SOON_FACTOR - len(lane.waiting)
        return min(of_address, self.room)

    def put(self, route: Route, delivery: DeliveryId) -> bool:
        """Take an id that is not held yet; what finds no room is dropped. Returns whether it is held."""
        if delivery in self._held:
            return True
        lane = self._lanes.get(route.destination)
        if lane is None:
            lane = self._lanes[route.destination] = _Lane(route)
        if len(lane.waiting) < LANE_MAX and (self.room > 0 or self._yields_to(lane)):
            if not lane.waiting:
                self._turns.setdefault(route.workspace, deque()).append(lane)
            lane.waiting.append(delivery)
            self._held[delivery] = lane
            self._waiting += 1
            return True
        self._tidy(lane)
        return False

    def take(self, limit: int, may_go: MayGo) -> list[Turn]:
        """Hand out at most so many ids, in turns."""
        taken: list[Turn] = []
        passed_over = 0
        while len(taken) < limit and passed_over < len(self._turns):
            workspace, lanes = next(iter(self._turns.items()))
            self._turns.move_to_end(workspace)
            turn = _next(lanes, may_go)
            if turn is None:
                passed_over += 1
                continue
            passed_over = 0
            taken.append(turn)
            if not lanes:
                del self._turns[workspace]
        self._waiting -= len(taken)
        return taken

    def done(self, delivery: DeliveryId, *, was_slow: bool = False) -> None:
        """Forget an id that was handed out; what it showed of its address decides how many go there at a time."""
        lane = self._held.pop(delivery, None)
        if lane is None:
            return
        lane.flying -= 1
        lane.share = SHARE_FIRST if was_slow else min(SHARE_MAX, lane.share + SHARE_STEP)
        self._tidy(lane)

    @property
    def _part(self) -> int:
        """How many ids each lane could hold, were they shared out."""
        return max(1, self._capacity // max(1, len(self._lanes)))

    def _yields_to(self, lane: _Lane) -> bool:
        """Make the longest lane give up its newest id, for one that is much shorter; the relay brings it again."""
        if len(lane.waiting) >= self._part:
            return False
        if self._longest is None or len(self._longest.waiting) <= len(lane.waiting) + 1:
            self._longest = max(self._lanes.values(), key=lambda one: len(one.waiting))
        if len(self._longest.waiting) <= len(lane.waiting) + 1:
            return False
        evicted = self._longest.waiting.pop()
        del self._held[evicted]
        self._waiting -= 1
        self._given_up(evicted)
        return True

    def _tidy(self, lane: _Lane) -> None:
        if not lane.waiting and not lane.flying:
            del self._lanes[lane.route.destination]


def _next(lanes: deque[_Lane], may_go: MayGo) -> Turn | None:
    """Return the next id of a workspace, and let its address stand behind the others."""
    for _ in range(len(lanes)):
        lane = lanes.popleft()
        if lane.flying < lane.share and may_go(lane.route):
            delivery = lane.waiting.popleft()
            lane.flying += 1
            if lane.waiting:
                lanes.append(lane)
            return delivery, lane.route
        lanes.append(lane)
    return None

"""The use case: quota, routing, event and deliveries in one commit."""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import islice
from typing import Protocol, cast

from pingpilot.domain.category import Category
from pingpilot.domain.errors import (
    NoDestination,
    Overloaded,
    PingPilotError,
    QuotaReached,
    ScopeMissing,
    UnknownCategory,
)
from pingpilot.domain.event import NewEvent
from pingpilot.domain.ids import CategoryId, DeliveryId, EventId, WorkspaceId
from pingpilot.domain.routing import Route, routes_of
from pingpilot.ingest.authenticate import Caller, KeyIndex
from pingpilot.store.access import Picture
from pingpilot.store.batches import AcceptMany, Many, ManyAnswer, Once
from pingpilot.store.events import Accept, Accepted, Answer, QuotaFull, Stale
from pingpilot.store.writer import Waiter, Writer

Tell = Callable[[WorkspaceId], None]
Target = tuple[CategoryId, Sequence[Route]]
"""The category of an event, and where it goes."""
Unit = Accept | PingPilotError
"""What is to be stored, or why it is not."""


class Onward(Protocol):
    """Who carries deliveries on from their commit."""

    def lease(self, unit: Accept) -> Accept:
        """Return an event with those of its deliveries leased that can be attempted at once; it hears of its end."""
        ...

    def committed(self, unit: Accept, answer: Accepted, category: Category) -> None:
        """Hear that an event is committed."""
        ...

    def refused(self, unit: Accept) -> None:
        """Hear that nothing was stored of it, or that it is held."""
        ...

    def unknown(self, unit: Accept) -> None:
        """Hear that nobody knows whether it was stored."""
        ...


SCOPE = "events:write"
"""What a key needs to report events."""


def _tell_nobody(_workspace: WorkspaceId) -> None:
    """Do nothing."""


class Acceptor:
    """Accepts events of authenticated callers."""

    def __init__(
        self,
        index: KeyIndex,
        writer: Writer,
        onward: Onward | None,
        new_ids: Callable[[int], Sequence[str]],
        now: Callable[[], datetime],
    ) -> None:
        """Take the parts; ``new_ids`` makes n time-ordered ids.

        ``onward`` carries deliveries on, where this process delivers.
        """
        self.accepted = 0
        """How many events were accepted."""
        self._index = index
        self._writer = writer
        self._onward = onward
        self._new_ids = new_ids
        self._now = now
        self._tell: Tell = _tell_nobody

    def tell(self, listener: Tell) -> None:
        """Have somebody told of each workspace in which an event was committed. It is called for every event."""
        self._tell = listener

    def check(self, caller: Caller) -> None:
        """Refuse what is known to be in vain before the body is read; raises NoDestination or QuotaReached."""
        picture = caller.picture
        if picture.refuses_without_destination and not picture.routes:
            raise NoDestination
        limit = picture.plan.events_per_month
        if limit is not None and not picture.holds_over_limit and picture.used_at(self._now()) >= limit:
            raise QuotaReached

    def unit(self, caller: Caller, event: NewEvent, now: datetime) -> Accept:
        """Return what is to be stored: the event and one delivery for each route.

        Raises UnknownCategory, and ScopeMissing where the key may not write to this category.
        """
        picture = caller.picture
        category, routes = _target(caller, event.category)
        event_id, *delivery_ids = self._new_ids(1 + len(routes))
        return Accept(
            workspace=picture.workspace,
            revision=picture.revision,
            category=category,
            event=event,
            routes=routes,
            event_id=EventId(event_id),
            delivery_ids=cast("list[DeliveryId]", delivery_ids),
            received_at=now,
        )

    def units(self, caller: Caller, events: Sequence[NewEvent | PingPilotError], now: datetime) -> list[Unit]:
        """As ``unit`` for several, each refusal in its place, and those of before where they are."""
        names = {event.category for event in events if isinstance(event, NewEvent)}
        targets = {name: _target_or_refusal(caller, name) for name in names}
        found = [targets[event.category] if isinstance(event, NewEvent) else event for event in events]
        needed = sum(1 + len(one[1]) for one in found if not isinstance(one, PingPilotError))
        ids = iter(self._new_ids(needed) if needed else ())
        workspace, revision = caller.picture.workspace, caller.picture.revision
        units: list[Unit] = []
        for event, one in zip(events, found, strict=True):
            if isinstance(event, PingPilotError):
                units.append(event)
                continue
            if isinstance(one, PingPilotError):
                units.append(one)
                continue
            category, routes = one
            event_id = EventId(next(ids))
            delivery_ids = cast("list[DeliveryId]", list(islice(ids, len(routes))))
            units.append(Accept(workspace, revision, category, event, routes, event_id, delivery_ids, now))
        return units

    async def accept(self, caller: Caller, unit: Accept) -> Accepted | Stale:
        """Commit one event and hand its deliveries over, unless it is held.

        Raises QuotaReached and Overloaded; nothing is stored then, nor when the answer is Stale.
        """
        return self.settled(caller, unit, await self._writer.submit(unit))

    def hand_in(self, unit: Accept, waiter: Waiter) -> None:
        """Let the waiter have the writer's answer, for ``settled``; raises Overloaded."""
        if self._onward is None:
            self._writer.hand_in(unit, waiter)
            return
        try:
            self._writer.hand_in(self._onward.lease(unit), waiter)
        except Overloaded:
            self._onward.refused(unit)
            raise

    def unsettled(self, unit: Accept) -> None:
        """Learn that the writer has no answer to what was handed in."""
        if self._onward is not None:
            self._onward.unknown(unit)

    def settled(self, caller: Caller, unit: Accept, answer: Answer) -> Accepted | Stale:
        """Learn from the writer's answer, and hand the deliveries over; raises QuotaReached."""
        if self._onward is not None and type(answer) is not Accepted:
            self._onward.refused(unit)
        if isinstance(answer, Stale):
            self._index.forget(caller.picture.workspace)
            return answer
        self._learn(caller.picture, unit, answer)
        if isinstance(answer, QuotaFull):
            raise QuotaReached
        return answer

    async def accept_many(self, caller: Caller, units: Sequence[Accept], once: Once | None) -> ManyAnswer:
        """Commit the events of one call, in order as far as the quota goes, and hand their deliveries over.

        Raises Overloaded; nothing is stored then, nor when the answer is anything else than Many.
        """
        answer: ManyAnswer = await self._writer.submit(AcceptMany(units, once))
        if isinstance(answer, Stale):
            self._index.forget(caller.picture.workspace)
        elif isinstance(answer, Many):
            for unit, one in zip(units, answer.answers, strict=True):
                self._learn(caller.picture, unit, one)
        return answer

    def _learn(self, picture: Picture, unit: Accept, answer: Accepted | QuotaFull) -> None:
        """Learn from the answer what the picture may know, and announce the deliveries."""
        picture.learn(unit.received_at, answer.used)
        self._index.confirm(picture)
        if isinstance(answer, Accepted):
            self.accepted += 1
            if unit.delivery_ids and self._onward is not None and type(answer) is Accepted:
                self._onward.committed(unit, answer, picture.categories[unit.event.category])
            self._tell(picture.workspace)


def _target(caller: Caller, name: str) -> Target:
    picture = caller.picture
    category = picture.categories.get(name)
    if category is None:
        raise UnknownCategory(name)
    if not caller.access.may_write(category.id):
        raise ScopeMissing(SCOPE)
    return category.id, routes_of(category, picture.routes)


def _target_or_refusal(caller: Caller, name: str) -> Target | PingPilotError:
    try:
        return _target(caller, name)
    except PingPilotError as error:
        return error

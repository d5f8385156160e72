"""The use case: quota, routing, event and deliveries in one commit."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import cast

from pingpilot.domain.errors import NoDestination, QuotaReached, UnknownCategory
from pingpilot.domain.event import NewEvent
from pingpilot.domain.ids import DeliveryId, EventId
from pingpilot.domain.quota import Month
from pingpilot.domain.routing import Route, routes_of
from pingpilot.ingest.authenticate import Caller, KeyIndex
from pingpilot.store.access import Picture
from pingpilot.store.events import Accept, Accepted, Answer, QuotaFull, Stale
from pingpilot.store.writer import Writer

Announce = Callable[[Sequence[DeliveryId]], None]


class Acceptor:
    """Accepts events of authenticated callers."""

    def __init__(
        self,
        index: KeyIndex,
        writer: Writer,
        announce: Announce,
        new_ids: Callable[[int], Sequence[str]],
        now: Callable[[], datetime],
    ) -> None:
        """Take the parts; ``announce`` hears of deliveries after their commit, ``new_ids`` makes n time-ordered ids."""
        self._index = index
        self._writer = writer
        self._announce = announce
        self._new_ids = new_ids
        self._now = now

    def check(self, caller: Caller) -> None:
        """Refuse what is known to be in vain before the body is read; raises NoDestination or QuotaReached."""
        picture = caller.picture
        if picture.refuses_without_destination and not picture.routes:
            raise NoDestination
        limit = picture.plan.events_per_month
        if limit is not None and picture.used_in(Month.of(self._now())) >= limit:
            raise QuotaReached

    async def accept(self, caller: Caller, event: NewEvent) -> Accepted | Stale:
        """Commit the event with one delivery for each route, and hand these over.

        Raises UnknownCategory, QuotaReached and Overloaded; nothing is stored then, nor when the answer is Stale.
        """
        picture, now = caller.picture, self._now()
        category = picture.categories.get(event.category)
        if category is None:
            raise UnknownCategory(event.category)
        routes: Sequence[Route] = routes_of(category, picture.routes)
        event_id, *delivery_ids = self._new_ids(1 + len(routes))
        unit = Accept(
            workspace=picture.workspace,
            revision=picture.revision,
            category=category.id,
            event=event,
            routes=routes,
            event_id=EventId(event_id),
            delivery_ids=cast("list[DeliveryId]", delivery_ids),
            received_at=now,
        )
        answer: Answer = await self._writer.submit(unit)
        return self._conclude(picture, Month.of(now), answer)

    def _conclude(self, picture: Picture, month: Month, answer: Answer) -> Accepted | Stale:
        """Learn from the answer what the picture may know, and announce the deliveries."""
        if isinstance(answer, Stale):
            self._index.forget(picture.workspace)
            return answer
        picture.month, picture.used = month, answer.used
        self._index.confirm(picture)
        if isinstance(answer, QuotaFull):
            raise QuotaReached
        if answer.delivery_ids:
            self._announce(answer.delivery_ids)
        return answer

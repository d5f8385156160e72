"""Handing in what attempts came to, many at a time, and again for as long as their leases last."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from pingpilot.domain.delivery import FINAL
from pingpilot.domain.errors import Overloaded
from pingpilot.domain.ids import DeliveryId, EventId, WorkspaceId
from pingpilot.observe import get_logger
from pingpilot.queue.bell import Bell
from pingpilot.queue.handover import LEASE
from pingpilot.store.backlog import ReleaseAll
from pingpilot.store.deliveries import Release
from pingpilot.store.settlements import Settle, SettleMany
from pingpilot.store.writer import Writer

AGAIN_AFTER_S = 1.0
"""How long to wait before handing in again what the store did not take; ends with the lease."""
AT_ONCE_MAX = 512
"""Settlements in one unit: bounds what a transaction holds beside it."""

_log = get_logger()

_Unit = SettleMany | Release | ReleaseAll
_Heard = Callable[[BaseException | None], None]
"""Who hears that a unit was recorded, or why it was not."""


class Recorder:
    """Records settlements: those noted while others are being committed are handed in together after that.

    So the busier it is, the more share a commit, whose price hardly grows with their number.

    Lives on one event loop. ``tell`` hears of each event that may be final now: one of its deliveries is; ``report``
    of each workspace that something was recorded in; ``committed`` of each delivery whose settlement is, or is given
    up: then its lease runs out.
    """

    def __init__(self, writer: Writer, now: Callable[[], datetime], bell: Bell) -> None:
        """Take where to, the clock, and what to ring whenever fewer wait for their commit."""
        self.tell: Callable[[EventId], None] = _tell_nobody
        self.report: Callable[[WorkspaceId], None] = _tell_nobody
        self.committed: Callable[[DeliveryId], None] = _tell_nobody
        self._writer = writer
        self._now = now
        self._noted: list[Settle] = []
        self._open = self._flying = 0
        self._bell = bell

    @property
    def waiting(self) -> int:
        """How many settlements wait for their commit."""
        return self._open

    def note(self, end: Settle) -> None:
        """Take a settlement."""
        if not (self._noted or self._flying):
            asyncio.get_running_loop().call_soon(self._hand_in)
        self._noted.append(end)
        self._open += 1

    def give_back(self, release: Release | ReleaseAll) -> None:
        """Take a lease that is not used; it is given back at once, or once the store answers."""
        self._submit(release, release.until, self._released)

    async def ended(self) -> None:
        """Wait until all has been recorded, or given up."""
        while self._open:
            await self._bell.heard(None)

    def _hand_in(self) -> None:
        noted, self._noted = self._noted, []
        for start in range(0, len(noted), AT_ONCE_MAX):
            self._settle(noted[start : start + AT_ONCE_MAX])

    def _settle(self, ends: Sequence[Settle]) -> None:
        self._flying += 1
        self._submit(SettleMany(ends), ends[0].now + LEASE, partial(self._settled, ends))

    def _submit(self, unit: _Unit, until: datetime, heard: _Heard) -> None:
        try:
            future = self._writer.submit(unit)
        except Overloaded as error:
            self._refused(unit, until, heard, error)
        else:
            future.add_done_callback(partial(self._answered, unit, until, heard))

    def _answered(self, unit: _Unit, until: datetime, heard: _Heard, answer: "asyncio.Future[object]") -> None:
        error = asyncio.CancelledError() if answer.cancelled() else answer.exception()
        if isinstance(error, Overloaded):
            self._refused(unit, until, heard, error)
        else:
            heard(error)

    def _refused(self, unit: _Unit, until: datetime, heard: _Heard, error: Overloaded) -> None:
        """Hand in later what the store did not take; what outlives its lease is rescued."""
        if self._now() >= until:
            heard(error)
        else:
            asyncio.get_running_loop().call_later(AGAIN_AFTER_S, self._submit, unit, until, heard)

    def _settled(self, ends: Sequence[Settle], error: BaseException | None) -> None:
        self._flying -= 1
        self._heard(ends, error)
        if self._noted and not self._flying:
            self._hand_in()

    def _heard(self, ends: Sequence[Settle], error: BaseException | None) -> None:
        if error is not None and not isinstance(error, Overloaded) and len(ends) > 1:
            for end in ends:  # one of them was wrong
                self._settle([end])
            return
        self._open -= len(ends)
        self._bell.ring()
        for end in ends:
            self.committed(end.delivery)
        if error is not None:
            _log.error("delivery.unrecorded", deliveries=[end.delivery for end in ends], error=repr(error)[:300])
            return
        for end in ends:
            if end.state in FINAL:
                self.tell(end.event)
            self.report(end.workspace)

    def _released(self, error: BaseException | None) -> None:
        if error is not None:
            _log.error("lease.kept", error=repr(error)[:300])


def _tell_nobody(_what: object) -> None:
    """Do nothing."""

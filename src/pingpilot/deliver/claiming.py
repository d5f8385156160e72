"""Leasing deliveries whose turn it is: those of a moment in one statement, with all that waits for the same commit."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from pingpilot.deliver.recording import Recorder
from pingpilot.domain.errors import InternalError, Overloaded
from pingpilot.observe import get_logger
from pingpilot.queue.handover import LEASE
from pingpilot.queue.lanes import Turn
from pingpilot.store.deliveries import Claim, Job, Release
from pingpilot.store.writer import Writer

_log = get_logger()

Claimed = Callable[[Turn, Job | None], None]
"""Who hears what became of a turn: the job under its lease, or None where another has it or the store is away."""


class Claims:
    """Claims for one worker. Lives on one event loop."""

    def __init__(
        self, writer: Writer, recorder: Recorder, now: Callable[[], datetime], owner: str, claimed: Claimed
    ) -> None:
        """Take the store's two ends, the clock, whose leases they are, and who hears."""
        self._writer = writer
        self._recorder = recorder
        self._now = now
        self._owner = owner
        self._claimed = claimed
        self._running: set[asyncio.Task[None]] = set()

    def want(self, turns: Sequence[Turn]) -> None:
        """Take turns to be claimed. None waits for the claims before it: the writer puts together what it can."""
        if turns:
            claiming = asyncio.create_task(self._claim(turns))
            self._running.add(claiming)
            claiming.add_done_callback(self._running.discard)

    async def ended(self) -> None:
        """Wait until every turn taken has been heard of."""
        if self._running:
            await asyncio.wait(self._running)

    async def _claim(self, turns: Sequence[Turn]) -> None:
        jobs = await self._jobs(turns)
        if jobs is None and len(turns) > 1:  # one of them cannot be loaded
            await asyncio.gather(*[self._claim([turn]) for turn in turns])
            return
        for turn, job in zip(turns, jobs or [None], strict=True):
            self._claimed(turn, job)

    async def _jobs(self, turns: Sequence[Turn]) -> Sequence[Job | None] | None:
        """Return the job of each turn; None where one of them was refused as wrong."""
        now = self._now()
        claim = Claim([delivery for delivery, _ in turns], self._owner, now, now + LEASE)
        try:
            answer = self._writer.submit(claim)
        except Overloaded:
            return [None] * len(turns)
        try:
            jobs: Sequence[Job | None] = await answer
        except Overloaded:  # it may have been committed all the same
            self._recorder.give_back(Release(claim.deliveries, claim.owner, claim.until))
            return [None] * len(turns)
        except InternalError as error:
            _log.error("delivery.unclaimed", deliveries=len(turns), error=repr(error)[:300])
            return None
        return jobs

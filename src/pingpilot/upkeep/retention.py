"""The chore that forgets what is older than a workspace's history, and tells owners before a smaller plan cuts it.

It shares the writer with those who accept events: slices are small, and after each it rests for several times as long
as that took, so that most of the writer's time is theirs however much there is to forget.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from pingpilot.domain.event import NewEvent, Severity
from pingpilot.domain.ids import WorkspaceId
from pingpilot.observe import get_logger
from pingpilot.store import forgetting, keeping
from pingpilot.store.forgetting import AT_ONCE, Forget, ForgetAnswers, Mark
from pingpilot.store.keeping import Shrinking, TellShrinking
from pingpilot.store.quota_notices import routes_to
from pingpilot.store.reader import Reader
from pingpilot.store.writer import Writer
from pingpilot.upkeep.telling import CATEGORY
from pingpilot.upkeep.voice import Voice

EVERY = timedelta(minutes=1)
"""How often to look whether something has become too old."""
BREATH = timedelta(milliseconds=50)
"""After a slice at least; where the writer is busy, ``SHARE`` times as long as the slice took."""
SHARE = 9
SLICES_MAX = 100
"""Of one workspace in a turn; then it is the next one's, and plans are looked at again."""
DEADLINE = timedelta(hours=1)
"""Of a turn, which may have much to forget, and rests for most of it."""
BATCH = 100
ROUNDS = 1_000
"""Of workspaces brought into line with their plans; whoever is left waits for the next turn."""

_log = get_logger()


class Retention:
    """Goes through the workspaces that have something to forget, one after the other."""

    name = "retention"
    every = EVERY
    deadline = DEADLINE

    def __init__(
        self,
        reader: Reader,
        writer: Writer,
        voice: Voice,
        monotonic: Callable[[], float],
        wake: Callable[[], None],
    ) -> None:
        """Take the store's two ends, what notices are made of, a stopwatch, and how to have them sent at once."""
        self._reader = reader
        self._writer = writer
        self._voice = voice
        self._monotonic = monotonic
        self._wake = wake
        self._has_more = False
        """Whether a workspace had more to forget than its part of the last turn."""

    async def turn(self) -> timedelta:
        """Follow the plans, tell of cuts to come, and forget what is too old; return how long to rest."""
        self._has_more = False
        now = self._voice.now()
        for _ in range(ROUNDS):
            if await self._reader.run(keeping.follow, now, BATCH) < BATCH:
                break
        for shrinking in await self._reader.run(keeping.untold, BATCH):
            await self._tell(shrinking)
        for workspace, days, before in await self._reader.run(forgetting.workspaces_with_old, now):
            await self._forget(workspace, days, before)
        while await self._reader.run(forgetting.has_old_answers, now):
            await self._slice(ForgetAnswers(now))
        return BREATH if self._has_more else EVERY

    async def _tell(self, shrinking: Shrinking) -> None:
        routes = await self._reader.run(routes_to, shrinking.workspace)
        event = self._voice.notice(shrinking.workspace, notice_of(shrinking, self._voice.public_url), routes)
        if await self._writer.submit(TellShrinking(shrinking.workspace, shrinking.at, event)):
            self._wake()
            _log.info("history.shrinks", workspace=shrinking.workspace, days=shrinking.days)

    async def _forget(self, workspace: WorkspaceId, days: int, before: datetime) -> None:
        """Go through a workspace from its oldest event on; what is too much for a turn, or not final, waits."""
        after: Mark | None = None
        count = 0
        for _ in range(SLICES_MAX):
            marks = await self._reader.run(forgetting.oldest, workspace, before, after, AT_ONCE)
            if not marks:
                break
            count += await self._slice(Forget(workspace, days, [event for _, event in marks])) or 0
            after = marks[-1]
        self._has_more |= len(marks) == AT_ONCE and count > 0
        if count:
            _log.info("event.forgotten", workspace=workspace, events=count)

    async def _slice(self, unit: Forget | ForgetAnswers) -> int | None:
        begun = self._monotonic()
        answer: int | None = await self._writer.submit(unit)
        await asyncio.sleep(max(BREATH.total_seconds(), SHARE * (self._monotonic() - begun)))
        return answer


def notice_of(shrinking: Shrinking, public_url: str) -> NewEvent:
    """Return the event that tells of a cut: what is forgotten, when, and how to keep it."""
    return NewEvent(
        category=CATEGORY,
        description=(
            f"{shrinking.name} is on the plan {shrinking.plan} now, which keeps {shrinking.days} days of history. "
            f"Older events are kept until {shrinking.at:%-d %B %Y}, and forgotten then; monthly totals stay. "
            "Take along what you need before, or choose a plan that keeps more."
        ),
        fields_json="{}",
        severity=Severity.WARNING,
        occurred_at=None,
        dedupe_key=None,
        url=f"{public_url}/dashboard/workspace",
    )

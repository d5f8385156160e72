"""Who watches which workspace: hears of every change, has what is watched drawn anew, and tells those who watch.

A part is drawn once for all who may see the same, never twice within a short time, and by one thread for at most half
of its time: a thousand viewers cost about what one does. Changes that nobody announces are found by drawing anew.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from pingpilot.accounts.watching import Pass
from pingpilot.domain.errors import Overloaded
from pingpilot.domain.ids import WorkspaceId
from pingpilot.live.stream import BYE, Stream
from pingpilot.live.view import Drawn, View
from pingpilot.observe import get_logger

Draw = Callable[[View, Pass], Awaitable[Drawn | None]]
"""Draws a view with the leave of one of its viewers; None where that one may not see it (any more)."""
Check = Callable[[Sequence[Pass]], Awaitable[set[Pass]]]

TURN_S = 1.0
"""How often what happens by the clock alone is looked at."""
TOO_MANY = "Too many pages are open. Close those that you do not need"

_log = get_logger()


@dataclass(frozen=True, slots=True)
class Pace:
    """How often, and how many. ``drawn_again_s``: the least time between two drawings of a part.

    ``swept_s``: the most, where nothing is announced; longer where that would take more than a tenth of a thread.
    ``checked_s``: how soon whoever may watch no more is told to go. ``woken_at_once``: streams told in one turn of the
    event loop, so that events do not wait behind a crowd of viewers.
    """

    streams: int = 4_000
    streams_of_one: int = 16
    drawn_again_s: float = 0.25
    swept_s: float = 5
    beat_s: float = 15
    checked_s: float = 3
    woken_at_once: int = 50


class _Watched:
    """A view that somebody watches. ``due_at``: when it may be drawn again."""

    __slots__ = ("drawn", "drawn_at", "due_at", "streams", "view")

    def __init__(self, view: View) -> None:
        self.view = view
        self.streams: dict[Stream, None] = {}
        self.drawn: Drawn | None = None
        self.due_at = self.drawn_at = float("-inf")


class Hub:
    """Lives on one event loop; ``run`` draws while it runs."""

    def __init__(self, draw: Draw, check: Check, monotonic: Callable[[], float], pace: Pace | None = None) -> None:
        """Take who draws, who knows which leaves still stand, and a clock."""
        self._draw = draw
        self._check = check
        self._monotonic = monotonic
        self._pace = pace or Pace()
        self._watched: dict[WorkspaceId, dict[View, _Watched]] = {}
        self._stale: dict[_Watched, None] = {}
        self._streams: dict[Stream, None] = {}
        self._of: Counter[int] = Counter()
        self._nudge = asyncio.Event()
        self._drawing_s = 0.0
        self._is_closed = False
        self._swept_at = self._beaten_at = self._checked_at = monotonic()

    def __len__(self) -> int:
        """Return how many streams there are."""
        return len(self._streams)

    def announce(self, workspace: WorkspaceId) -> None:
        """Hear that something changed in a workspace; costs nothing where nobody watches."""
        if workspace in self._watched:
            self._soil(self._watched[workspace].values())

    def join(self, given: Pass, seen: Mapping[View, str]) -> Stream:
        """Let a page watch its views; ``seen`` are the marks of what it shows. Raises Overloaded."""
        is_full = len(self._streams) >= self._pace.streams or self._of[given.user] >= self._pace.streams_of_one
        if is_full or self._is_closed:
            raise Overloaded(TOO_MANY)
        stream = Stream(given, seen)
        self._streams[stream] = None
        self._of[given.user] += 1
        for view in seen:
            self._join(stream, view)
        return stream

    def leave(self, stream: Stream) -> None:
        """Let a page go; once for each that has joined."""
        self._streams.pop(stream, None)
        self._of[stream.given.user] -= 1
        if not self._of[stream.given.user]:
            del self._of[stream.given.user]
        for view in stream.seen:
            self._part(stream, view)

    def close(self) -> None:
        """End every stream, and let nobody in: the server stops. The pages come again by themselves."""
        self._is_closed = True
        for stream in self._streams:
            stream.end()

    async def run(self) -> None:
        """Draw what is stale as soon as it may be, keep the lines alive and check who may watch, until cancelled."""
        while True:
            if self._is_time(self._swept_at, TURN_S):
                self._sweep()
            await self._beat()
            await self._see_who_stays()
            watched = self._next()
            if watched is not None:
                await self._renew(watched)
            else:
                await self._nudged()

    def _soil(self, those: Iterable[_Watched]) -> None:
        """Have views drawn anew; those that are to be so already keep their places."""
        for watched in those:
            if watched not in self._stale:
                self._stale[watched] = None
                self._nudge.set()

    def _join(self, stream: Stream, view: View) -> None:
        views = self._watched.setdefault(view.workspace, {})
        watched = views.get(view)
        if watched is None:
            watched = views[view] = _Watched(view)
            self._soil([watched])
        watched.streams[stream] = None
        if watched.drawn is not None and watched not in self._stale:  # the page may show later things
            stream.show(view, watched.drawn)

    def _part(self, stream: Stream, view: View) -> None:
        views = self._watched.get(view.workspace, {})
        if view not in views:
            return
        views[view].streams.pop(stream, None)
        if not views[view].streams:
            self._stale.pop(views.pop(view), None)
        if not views:
            del self._watched[view.workspace]

    def _all(self) -> list[_Watched]:
        return [watched for views in self._watched.values() for watched in views.values()]

    def _next(self) -> _Watched | None:
        """Return the stale view that has waited longest among those that may be drawn now."""
        now = self._monotonic()
        return next((one for one in self._stale if one.due_at <= now), None)

    def _sweep(self) -> None:
        """Soil what was not drawn for long: another process may have changed it."""
        those, now = self._all(), self._monotonic()
        self._swept_at = now
        longest_s = max(self._pace.swept_s, 10 * self._drawing_s * len(those))
        self._soil([one for one in those if now - one.drawn_at >= longest_s])

    async def _renew(self, watched: _Watched) -> None:
        """Draw a view, show it to all who watch it, and rest for as long as that took."""
        begun = self._monotonic()
        del self._stale[watched]
        drawn = await self._drawn(watched)
        now = self._monotonic()
        took_s = now - begun
        self._drawing_s += (took_s - self._drawing_s) / 8
        watched.drawn_at, watched.due_at = now, now + max(self._pace.drawn_again_s, took_s)
        if drawn is not None:
            watched.drawn = drawn
            await self._show(watched, drawn)
        await asyncio.sleep(took_s)

    async def _drawn(self, watched: _Watched) -> Drawn | None:
        """Draw with the leave of whoever may still see it; those who may not are told to go."""
        for stream in list(watched.streams):
            try:
                drawn = await self._draw(watched.view, stream.given)
            except Overloaded:  # the store is away: the next sweep tries again
                return None
            except Exception as error:  # noqa: BLE001 - one part that cannot be drawn must not stop the others
                _log.error("part.failed", path=watched.view.address.partition("?")[0], error=repr(error)[:200])
                return None
            if drawn is not None:
                return drawn
            stream.end(BYE)
            watched.streams.pop(stream, None)
        return None

    async def _show(self, watched: _Watched, drawn: Drawn) -> None:
        for number, stream in enumerate(list(watched.streams), 1):
            stream.show(watched.view, drawn)
            if drawn.is_final:
                self._part(stream, watched.view)
            if number % self._pace.woken_at_once == 0:
                await asyncio.sleep(0)

    async def _beat(self) -> None:
        if not self._is_time(self._beaten_at, self._pace.beat_s):
            return
        self._beaten_at = self._monotonic()
        for number, stream in enumerate(list(self._streams), 1):
            stream.beat()
            if number % self._pace.woken_at_once == 0:
                await asyncio.sleep(0)

    async def _see_who_stays(self) -> None:
        """Tell those to go whose session ended, or whose place in the workspace is another by now."""
        if not self._is_time(self._checked_at, self._pace.checked_s):
            return
        streams = list(self._streams)
        with suppress(Overloaded):
            stay = await self._check([one.given for one in streams]) if streams else set()
            for stream in streams:
                if stream.given not in stay:
                    stream.end(BYE)
        self._checked_at = self._monotonic()

    async def _nudged(self) -> None:
        """Wait until there may be something to do."""
        now = self._monotonic()
        wait_s = min([TURN_S, *(one.due_at - now for one in self._stale)])
        self._nudge.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(max(wait_s, 0.001)):
                await self._nudge.wait()

    def _is_time(self, before: float, every_s: float) -> bool:
        return self._monotonic() - before >= every_s

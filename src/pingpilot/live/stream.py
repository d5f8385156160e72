"""What one open page still has to be told: of each part the latest drawing alone, however slowly it listens."""

import asyncio
from collections.abc import Mapping

from pingpilot.accounts.watching import Pass
from pingpilot.live.view import Drawn, View, message

BEAT = message("beat")
BYE = message("bye")
_WORDS = object()
"""Under what words to the page wait, beside its parts."""


class Stream:
    """One viewer's stream. Lives on one event loop. ``seen`` are the marks of what the page shows."""

    __slots__ = ("_is_over", "_news", "_waiting", "given", "seen")

    def __init__(self, given: Pass, seen: Mapping[View, str]) -> None:
        """Take whose it is, and what the page has already."""
        self.given = given
        self.seen = dict(seen)
        self._waiting: dict[object, bytes] = {}
        self._news: asyncio.Future[None] | None = None
        self._is_over = False

    def show(self, view: View, drawn: Drawn) -> None:
        """Have a part sent, unless the page shows it already."""
        if self.seen.get(view) != drawn.mark:
            self.seen[view] = drawn.mark
            self._put(view, drawn.message)

    def beat(self) -> None:
        """Say that the line is alive, unless there is something better to say."""
        if not self._waiting:
            self._put(_WORDS, BEAT)

    def end(self, last: bytes = b"") -> None:
        """Let it come to its end, after a last word."""
        self._is_over = True
        self._waiting.clear()
        if last:
            self._waiting[_WORDS] = last
        self._wake()

    async def next(self) -> bytes:
        """Return what to send next; empty at the end. For one task at a time."""
        while not self._waiting:
            if self._is_over:
                return b""
            self._news = asyncio.get_running_loop().create_future()
            await self._news
        sent = b"".join(self._waiting.values())
        self._waiting.clear()
        return sent

    def _put(self, what: object, data: bytes) -> None:
        if not self._is_over:
            self._waiting[what] = data
            self._wake()

    def _wake(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

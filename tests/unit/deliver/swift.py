"""An event loop on which waiting takes no time: when nothing is left to do, its clock moves on to the next timer."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Skipping(selectors.DefaultSelector):
    """Never waits; adds up how long it would have."""

    skipped_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("everybody waits, and nothing will ever happen")
        self.skipped_s += max(0.0, timeout)
        return super().select(0)


class SwiftLoop(asyncio.SelectorEventLoop):
    """For code without threads and sockets: however slow the machine is, no time goes by while something is done."""

    def __init__(self) -> None:
        self._skipping = _Skipping()
        super().__init__(self._skipping)

    def time(self) -> float:
        return round(self._skipping.skipped_s, 9)


def swiftly(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end."""
    with asyncio.Runner(loop_factory=SwiftLoop) as runner:
        return runner.run(work)

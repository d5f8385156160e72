"""Waiting for something to happen, or for a time to pass, at the price of a future and a timer."""

import asyncio


class Bell:
    """Wakes those who listen; a ring that nobody hears is forgotten. Lives on one event loop."""

    def __init__(self) -> None:
        """Begin with nobody listening."""
        self._listeners: list[asyncio.Future[None]] = []

    def ring(self) -> None:
        """Wake all who listen now."""
        if self._listeners:
            for listener in self._listeners:
                _wake(listener)
            self._listeners.clear()

    async def heard(self, within_s: float | None) -> None:
        """Return at the next ring, or when so many seconds have passed."""
        loop = asyncio.get_running_loop()
        listener: asyncio.Future[None] = loop.create_future()
        self._listeners.append(listener)
        timer = None if within_s is None else loop.call_later(within_s, _wake, listener)
        try:
            await listener
        finally:
            if timer is not None:
                timer.cancel()
            if listener in self._listeners:
                self._listeners.remove(listener)


def _wake(listener: "asyncio.Future[None]") -> None:
    if not listener.done():
        listener.set_result(None)

"""The way out of a connection: what is written, and for how long the client has not taken it."""

import asyncio

from pingpilot.wiring.connections import Connections


class Outlet:
    """Writes to one client. ``is_blocked``: more was written than the client has taken."""

    def __init__(self, transport: asyncio.Transport, connections: Connections) -> None:
        """Take where to write to, and the clock."""
        self.is_blocked = False
        self._transport = transport
        self._connections = connections
        self._unsent_since: int | None = None
        self._room: asyncio.Future[None] | None = None

    def write(self, data: bytes) -> None:
        """Send bytes, soon; nothing where the connection ends already."""
        if not self._transport.is_closing():
            self._transport.write(data)

    async def unblocked(self) -> None:
        """Wait until the client has taken enough, or is gone; for one task at a time."""
        if self.is_blocked:
            self._room = asyncio.get_running_loop().create_future()
            await self._room

    def block(self) -> None:
        """Hear that the client takes less than is written."""
        self.is_blocked = True

    def unblock(self) -> None:
        """Hear that the client has taken enough, or is gone."""
        self.is_blocked = False
        if self._unsent_since is not None:
            self._unsent_since = self._connections.tick
        if self._room is not None and not self._room.done():
            self._room.set_result(None)

    def is_stuck(self) -> bool:
        """Tell whether the client has had its time to take what was written. Ask at every look at the clock."""
        if not self._transport.get_write_buffer_size():
            self._unsent_since = None
            return False
        if self._unsent_since is None:
            self._unsent_since = self._connections.tick
        return self._connections.since(self._unsent_since) >= self._connections.limits.unread_s

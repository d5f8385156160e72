"""Listening to a channel's provider by long polling."""

import asyncio
from datetime import timedelta

from pingpilot.deliver.conversation import Wires
from pingpilot.deliver.hearing import Hearing
from pingpilot.domain.channel import Listener
from pingpilot.domain.errors import PingPilotError
from pingpilot.observe import get_logger

PAUSE = timedelta(seconds=5)
"""Between two questions when the provider does not answer well."""

_log = get_logger()


class Ear:
    """Listens to one channel. At most one may listen per credential: providers refuse a second."""

    def __init__(self, channel: Listener, operator: dict[str, str], wires: Wires, hearing: Hearing) -> None:
        """Take the channel, the operator's settings of it, which gain our name once it is known, and the parts."""
        self._channel = channel
        self._config = operator
        self._wires = wires
        self._hearing = hearing
        self._cursor = ""

    async def run(self) -> None:
        """Listen until cancelled."""
        while True:
            await self._learn_name()
            reply = await self._wires.send(self._channel.poll(self._cursor, self._config))
            if not reply.is_ok:
                await self._pause(status=reply.status)
                continue
            cursor, heard = self._channel.hear(reply)
            try:
                await self._hearing.act(self._channel, self._config, heard)
            except PingPilotError as error:  # the store is away: the same updates come again
                await self._pause(reason=error.code)
                continue
            self._cursor = cursor or self._cursor

    async def _learn_name(self) -> None:
        """Ask the provider for our own name there, which links are made of, unless it is known or set already."""
        if "bot_username" not in self._config:
            name = self._channel.username_of(await self._wires.send(self._channel.who(self._config)))
            if name:
                self._config["bot_username"] = name

    async def _pause(self, **why: object) -> None:
        _log.warning("channel.unheard", channel=self._channel.SPEC.kind, **why)
        await asyncio.sleep(PAUSE.total_seconds())

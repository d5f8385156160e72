"""Listening to a channel's provider: it is asked to call us, or polled."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from pingpilot.deliver.hearing import Hearing
from pingpilot.domain.channel import Listener
from pingpilot.domain.errors import PingPilotError
from pingpilot.domain.reply import excerpt
from pingpilot.observe import get_logger

PAUSE = timedelta(seconds=5)
"""Between two questions when the provider does not answer well."""
REFUSED = 400
"""How a provider answers that finds our address, or the way to it, not to its liking."""

_log = get_logger()


class Ear:
    """Listens to one channel. At most one may listen per credential: providers refuse a second."""

    def __init__(self, channel: Listener, operator: dict[str, str], own: Mapping[str, str], hearing: Hearing) -> None:
        """Take the channel, the operator's settings of it, which gain our name once it is known, and the parts.

        ``own`` is what the channel is told of this instance, as for ``Called.called``.
        """
        self._channel = channel
        self._config = operator
        self._own = own
        self._wires = hearing.wires
        self._hearing = hearing
        self._cursor = ""

    async def run(self) -> None:
        """Listen until cancelled; return where the provider calls us from now on."""
        if not await self._is_called():
            await self._poll()

    async def learn_name(self) -> None:
        """Ask the provider for our own name there, which links are made of, until it is known; it may be set already.

        Every process that makes links asks: asking disturbs nobody who listens.
        """
        while "bot_username" not in self._config:
            name = self._channel.username_of(await self._wires.send(self._channel.who(self._config)))
            if name:
                self._config["bot_username"] = name
            else:
                await self._pause(reason="nameless")

    async def _is_called(self) -> bool:
        """Have the provider call us, or make sure that it does not; returns which. One that refuses is polled."""
        config = {**self._config, **self._own}
        hook = self._channel.hook(config)
        while True:
            reply = await self._wires.send(hook or self._channel.unhook(config))
            if reply.is_ok:
                _log.info("channel.listening", channel=self._channel.SPEC.kind, is_called=hook is not None)
                return hook is not None
            if hook is not None and reply.status == REFUSED:
                reason = excerpt(reply.text, config.values())
                _log.warning("channel.uncalled", channel=self._channel.SPEC.kind, reason=reason)
                hook = None
            else:
                await self._pause(status=reply.status)

    async def _poll(self) -> None:
        while True:
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

    async def _pause(self, **why: object) -> None:
        _log.warning("channel.unheard", channel=self._channel.SPEC.kind, **why)
        await asyncio.sleep(PAUSE.total_seconds())

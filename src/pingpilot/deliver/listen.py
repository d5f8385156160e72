"""Listening to a channel's provider by long polling: people who prove or leave an address."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from pingpilot.deliver.conversation import Wires
from pingpilot.domain.channel import AddressGone, Heard, LinkAttempt, Listener, Stray
from pingpilot.domain.errors import PingPilotError
from pingpilot.domain.ids import DestinationId
from pingpilot.observe import get_logger
from pingpilot.store import destinations
from pingpilot.store.reader import Reader

PAUSE = timedelta(seconds=5)
"""Between two questions when the provider does not answer well."""

LINKED = (
    "Congratulations! You have successfully linked your Telegram account. "
    "You will now receive notifications on this chat."
)
NOT_LINKED = (
    "This link is unknown, already used or expired. "
    "Open Channels in your PingPilot dashboard and ask for a new link."
)
STRAY = "You cannot send messages to this bot."
"""Source of the sentences: SPEC section 7.1."""

_log = get_logger()


class Sealer(Protocol):
    """Seals what is kept at rest."""

    def seal(self, plain: bytes, context: str) -> bytes:
        """Return the sealed bytes."""
        ...


class Ear:
    """Listens to one channel. At most one may listen per credential: providers refuse a second."""

    def __init__(
        self,
        channel: Listener,
        operator: Mapping[str, str],
        wires: Wires,
        reader: Reader,
        sealer: Sealer,
        now: Callable[[], datetime],
    ) -> None:
        """Take the channel, the operator's settings of it, and the parts."""
        self._channel = channel
        self._config = operator
        self._wires = wires
        self._reader = reader
        self._sealer = sealer
        self._now = now
        self._cursor = ""

    async def run(self) -> None:
        """Listen until cancelled."""
        while True:
            reply = await self._wires.send(self._channel.poll(self._cursor, self._config))
            if not reply.is_ok:
                _log.warning("channel.unheard", channel=self._channel.SPEC.kind, status=reply.status)
                await asyncio.sleep(PAUSE.total_seconds())
                continue
            cursor, heard = self._channel.hear(reply)
            try:
                for one in heard:
                    await self._mind(one)
            except PingPilotError as error:  # the store is away: the same updates come again
                _log.warning("channel.unheard", channel=self._channel.SPEC.kind, reason=error.code)
                await asyncio.sleep(PAUSE.total_seconds())
                continue
            self._cursor = cursor

    async def _mind(self, heard: Heard) -> None:
        kind = self._channel.SPEC.kind
        match heard:
            case LinkAttempt():
                is_linked = await self._link(heard)
                _log.info("destination.linked" if is_linked else "destination.link_refused", channel=kind)
                await self._say(heard.reply_to, LINKED if is_linked else NOT_LINKED)
            case AddressGone():
                digest = identity_digest(kind, heard.settings)
                reason = "The chat was blocked or deleted. Link it again to receive messages."
                count = await self._reader.run(destinations.disable_gone, kind, digest, self._now(), reason)
                _log.info("destination.disabled", channel=kind, destinations=count)
            case Stray():
                await self._say(heard.reply_to, STRAY)

    async def _link(self, attempt: LinkAttempt) -> bool:
        kind, settings = self._channel.SPEC.kind, dict(attempt.settings)

        def seal(destination: DestinationId) -> bytes:
            return self._sealer.seal(json.dumps(settings).encode(), f"destination:{destination}")

        return await self._reader.run(
            destinations.link,
            kind,
            hashlib.sha256(attempt.code.encode()).digest(),
            self._now(),
            seal,
            address=attempt.label,
            identity_digest=identity_digest(kind, settings),
        )

    async def _say(self, reply_to: str, text: str) -> None:
        await self._wires.send(self._channel.say(reply_to, text, self._config))


def identity_digest(kind: str, settings: Mapping[str, str]) -> bytes:
    """Return the digest that finds the destination of a person by what the provider calls them."""
    named = json.dumps([kind, sorted(settings.items())], ensure_ascii=False)
    return hashlib.sha256(named.encode()).digest()

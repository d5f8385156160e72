"""Listening to a channel's provider by long polling: people who prove or leave an address."""

import asyncio
import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from pingpilot.deliver.conversation import Wires
from pingpilot.domain.channel import AddressGone, Heard, LinkAttempt, Listener, Stray
from pingpilot.domain.errors import PingPilotError
from pingpilot.domain.ids import DestinationId
from pingpilot.domain.key import id_of
from pingpilot.observe import get_logger
from pingpilot.security.identity import identity_digest
from pingpilot.store import destinations
from pingpilot.store.reader import Reader

PAUSE = timedelta(seconds=5)
"""Between two questions when the provider does not answer well."""

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
        operator: dict[str, str],
        wires: Wires,
        reader: Reader,
        sealer: Sealer,
        now: Callable[[], datetime],
    ) -> None:
        """Take the channel, the operator's settings of it, which gain our name once it is known, and the parts."""
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
            await self._learn_name()
            reply = await self._wires.send(self._channel.poll(self._cursor, self._config))
            if not reply.is_ok:
                await self._pause(status=reply.status)
                continue
            cursor, heard = self._channel.hear(reply)
            try:
                for one in heard:
                    await self._mind(one)
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

    async def _mind(self, heard: Heard) -> None:
        kind = self._channel.SPEC.kind
        match heard:
            case LinkAttempt():
                said = await self._link(heard)
                _log.info("destination.link_answered", channel=kind, is_linked=said != self._channel.UNKNOWN_CODE)
                await self._say(heard.reply_to, said)
            case AddressGone():
                digest = identity_digest(kind, heard.settings)
                reason = "The chat was blocked or deleted. Link it again to receive messages."
                count = await self._reader.run(destinations.disable_gone, kind, digest, self._now(), reason)
                _log.info("destination.disabled", channel=kind, destinations=count)
            case Stray():
                await self._say(heard.reply_to, self._channel.REFUSED)

    async def _link(self, attempt: LinkAttempt) -> str:
        """Link by a one-time code, or by an API key sent by hand; returns what to say."""
        kind, settings = self._channel.SPEC.kind, dict(attempt.settings)
        person = destinations.Person(kind, attempt.label, identity_digest(kind, settings))

        def seal(destination: DestinationId) -> bytes:
            return self._sealer.seal(json.dumps(settings).encode(), f"destination:{destination}")

        if id_of(attempt.code) is not None:
            is_linked = await self._reader.run(destinations.link_by_key, attempt.code, person, seal, self._now())
            said = f"{self._channel.LINKED} {self._channel.LINKED_BY_KEY}"
        else:
            digest = hashlib.sha256(attempt.code.encode()).digest()
            is_linked = await self._reader.run(destinations.link, digest, person, seal, self._now())
            said = self._channel.LINKED
        return said if is_linked else self._channel.UNKNOWN_CODE

    async def _say(self, reply_to: str, text: str) -> None:
        await self._wires.send(self._channel.say(reply_to, text, self._config))

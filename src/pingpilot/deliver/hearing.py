"""Act on what was heard of a provider, whether it was polled or called us."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import assert_never

from pingpilot.deliver.attempt import Sealer
from pingpilot.deliver.conversation import Wires
from pingpilot.deliver.settle import overturned
from pingpilot.domain.channel import Called, Config, Linker, Presser
from pingpilot.domain.errors import SealBroken
from pingpilot.domain.ids import DestinationId
from pingpilot.domain.incoming import (
    AddressBack,
    AddressChanged,
    AddressGone,
    Heard,
    LinkAttempt,
    MessageArrived,
    MessageFailed,
    Pressed,
    Stray,
)
from pingpilot.domain.key import id_of
from pingpilot.domain.wire import Call
from pingpilot.observe import get_logger
from pingpilot.security.identity import identity_digest
from pingpilot.store import destinations, questions
from pingpilot.store.overturn import Confirm
from pingpilot.store.reader import Reader
from pingpilot.store.writer import Writer

AGAIN_AFTER = timedelta(seconds=2)
"""A provider may speak of a message before the attempt that sent it is on record: it is looked for twice."""

SAY_WITHIN_S = 5
"""A provider that waits for our answer to its call may be slow to take our answer to a person."""

_log = get_logger()


@dataclass(frozen=True, slots=True)
class Hearing:
    """Acts on what was heard. Raises Overloaded while the store is away: what was heard must come again then."""

    wires: Wires
    reader: Reader
    writer: Writer
    box: Sealer = field(repr=False)
    now: Callable[[], datetime]

    async def act(self, channel: Linker | Called, config: Config, heard: Sequence[Heard]) -> None:
        """Act on each in turn; ``config`` are the operator's settings of the channel."""
        kind = channel.SPEC.kind
        unknown: list[Heard] = []
        for one in heard:
            match one:
                case LinkAttempt() | Stray():
                    await self._answer(channel, config, one)
                case Pressed():
                    await self._press(channel, config, one)
                case AddressGone() | AddressBack() | AddressChanged():
                    await self._change(channel, one)
                case MessageArrived() | MessageFailed():
                    if not await self._note(kind, one):
                        unknown.append(one)
                case _:
                    assert_never(one)
        if unknown:
            await self._look_again(kind, unknown)

    async def _answer(self, channel: Linker | Called, config: Config, heard: LinkAttempt | Stray) -> None:
        kind = channel.SPEC.kind
        if not isinstance(channel, Linker):
            _log.warning("channel.speechless", channel=kind)
            return
        said = channel.REFUSED
        if isinstance(heard, LinkAttempt):
            said = await self._link(channel, heard)
            _log.info("destination.link_answered", channel=kind, is_linked=said != channel.UNKNOWN_CODE)
        await self._say([channel.say(heard.reply_to, said, config)])

    async def _press(self, channel: Linker | Called, config: Config, press: Pressed) -> None:
        kind = channel.SPEC.kind
        if not isinstance(channel, Presser):
            _log.warning("channel.buttonless", channel=kind)
            return
        digest = identity_digest(kind, dict(press.settings))
        answer = await self.reader.run(questions.answer_pressed, press.event_id, press.choice, kind, digest, self.now())
        _log.info("question.pressed", channel=kind, is_answered=answer is not None)
        await self._say(channel.settled(press, answer or "", config))

    async def _say(self, calls: Sequence[Call]) -> None:
        """Reply to a person: what they wanted is done, replied or not, and waiting longer would have it done again."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SAY_WITHIN_S):
                for call in calls:
                    await self.wires.send(call)

    async def _link(self, channel: Linker, attempt: LinkAttempt) -> str:
        """Link by a one-time code, or by an API key sent by hand; returns what to say."""
        kind, settings = channel.SPEC.kind, dict(attempt.settings)
        person = destinations.Person(kind, attempt.label, identity_digest(kind, settings))

        def seal(destination: DestinationId) -> bytes:
            return self.box.seal(json.dumps(settings).encode(), f"destination:{destination}")

        if id_of(attempt.code) is not None:
            is_linked = await self.reader.run(destinations.link_by_key, attempt.code, person, seal, self.now())
            said = f"{channel.LINKED} {channel.LINKED_BY_KEY}"
        else:
            digest = hashlib.sha256(attempt.code.encode()).digest()
            is_linked = await self.reader.run(destinations.link, digest, person, seal, self.now())
            said = channel.LINKED
        return said if is_linked else channel.UNKNOWN_CODE

    async def _change(self, channel: Linker | Called, heard: AddressGone | AddressBack | AddressChanged) -> None:
        kind = channel.SPEC.kind
        digest = identity_digest(kind, heard.settings)
        match heard:
            case AddressGone():
                count = await self.reader.run(destinations.disable_gone, kind, digest, self.now(), heard.reason)
                _log.info("destination.disabled", channel=kind, destinations=count)
            case AddressBack():
                count = await self.reader.run(destinations.enable_back, kind, digest)
                _log.info("destination.enabled", channel=kind, destinations=count)
            case AddressChanged():
                person = {name: heard.changes.get(name, value) for name, value in heard.settings.items()}
                again = identity_digest(kind, person)
                count = await self.reader.run(destinations.change, kind, digest, self._resealing(heard.changes), again)
                _log.info("destination.changed", channel=kind, destinations=count)

    def _resealing(self, changes: Mapping[str, str]) -> destinations.Reseal:
        def reseal(destination: DestinationId, sealed: bytes) -> bytes:
            context = f"destination:{destination}"
            try:
                settings: dict[str, str] = json.loads(self.box.unseal(sealed, context))
            except SealBroken as error:
                _log.warning("destination.unreadable", destination=destination, reason=error.message)
                return sealed
            return self.box.seal(json.dumps({**settings, **changes}, ensure_ascii=False).encode(), context)

        return reseal

    async def _look_again(self, kind: str, unknown: Sequence[Heard]) -> None:
        await asyncio.sleep(AGAIN_AFTER.total_seconds())
        for one in unknown:
            if isinstance(one, MessageArrived | MessageFailed) and not await self._note(kind, one):
                _log.info("message.unknown", channel=kind)

    async def _note(self, kind: str, heard: MessageArrived | MessageFailed) -> bool:
        """Note what became of a message; returns whether it is one of ours that counts as delivered."""
        if isinstance(heard, MessageArrived):
            is_known: bool = await self.writer.submit(Confirm(kind, heard.provider_id, heard.detail))
            return is_known
        unit = overturned(kind, heard, self.now())
        is_ours: bool = await self.writer.submit(unit)
        if is_ours:
            _log.info("delivery.overturned", channel=kind, outcome=unit.outcome, code=unit.code)
        return is_ours

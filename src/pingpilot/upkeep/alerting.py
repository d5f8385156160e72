"""The chore that tells the operator by mail of what nobody else can mend, and notes when it works again."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from pingpilot.domain.event import Severity
from pingpilot.domain.ids import DeliveryId, EventId
from pingpilot.domain.message import Message
from pingpilot.observe import get_logger
from pingpilot.store import senders
from pingpilot.store.models import BrokenSender
from pingpilot.store.reader import Reader
from pingpilot.upkeep.voice import Voice

EVERY = timedelta(seconds=10)
DEADLINE = timedelta(minutes=10)
"""A mail server may be slow, and whoever was told before the end of a turn would be told again."""
MAIL = "email"
"""The channel of which nobody can be told by mail."""
COLOR = 0xB92029
"""Of the mail's card: red."""

MailTo = Callable[[str, Message], Awaitable[bool]]
"""Sends a message to an address by mail; tells whether the mail server took it."""

_log = get_logger()


class Alerting:
    """Looks for broken senders that the operator was not told of. At least once each: a crash may tell twice."""

    name = "alerting"
    every = EVERY
    deadline = DEADLINE

    def __init__(self, reader: Reader, voice: Voice, mail: MailTo | None) -> None:
        """Take the store, what words are made of, and how to mail; None: no mail here."""
        self._reader = reader
        self._voice = voice
        self._mail = mail

    async def turn(self) -> None:
        """Forget what is over, and tell of what is new."""
        await self._reader.run(senders.note_single, self._voice.shared, self._voice.now())
        healed = await self._reader.run(senders.heal, self._voice.now())
        if healed:
            _log.info("sender.healed", channels=healed)
        if self._mail is None:
            return
        for sender in await self._reader.run(senders.untold):
            if sender.channel != MAIL and await self._tell(sender, self._mail):
                await self._reader.run(senders.mark_told, sender.channel, sender.since, self._voice.now())

    async def _tell(self, sender: BrokenSender, mail: MailTo) -> bool:
        message = self._message(sender)
        results = [await mail(address, message) for address in await self._reader.run(senders.operators)]
        if not any(results):
            _log.error("operator.untold", channel=sender.channel, operators=len(results))
        return any(results)

    def _message(self, sender: BrokenSender) -> Message:
        title, said = self._words(sender)
        event_id, delivery_id = self._voice.new_ids(2)
        return Message(
            delivery_id=DeliveryId(delivery_id),
            event_id=EventId(event_id),
            category="pingpilot",
            title=f"⚠️ {title}",
            description=f"{said}\n\n{sender.detail}\n\n{self._voice.remedies.get(sender.channel, '')}",
            color=COLOR,
            fields=(),
            severity=Severity.CRITICAL,
            occurred_at=sender.since,
            at=self._voice.now(),
            url="",
            link=f"{self._voice.public_url}/dashboard/channels",
            is_late=False,
        )

    def _words(self, sender: BrokenSender) -> tuple[str, str]:
        """Return a title, and what is the matter."""
        held = "messages are held, and none is lost: they go out once it works again."
        if sender.channel == senders.SINGLE:
            return "Destinations need you", f"Some are refused for what their owners cannot mend. Their {held}"
        label = self._voice.label(sender.channel)
        return f"{label} does not work", f"{label} refuses what this instance identifies itself with. Its {held}"

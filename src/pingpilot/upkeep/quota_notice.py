"""The chore that tells owners that 80 % or 100 % of the month's events are used: over their channels, and by mail.

What was told stands in the store, and is noted in the commit of the event that tells it: so each is told once, whatever
crashes in between, and however many processes do this.
"""

from collections.abc import Callable
from datetime import timedelta

from pingpilot.domain.event import NewEvent, Severity
from pingpilot.domain.ids import DeliveryId, EventId
from pingpilot.domain.message import Message
from pingpilot.domain.quota import OverLimit
from pingpilot.observe import get_logger
from pingpilot.store import quota_notices
from pingpilot.store.quota_notices import FULL, Letter, UsedUp, Warn
from pingpilot.store.reader import Reader
from pingpilot.store.writer import Writer
from pingpilot.upkeep.alerting import MailTo
from pingpilot.upkeep.telling import CATEGORY
from pingpilot.upkeep.voice import Voice

EVERY = timedelta(seconds=5)
DEADLINE = timedelta(hours=1)
"""A mail server may be slow: a batch of letters, each within the deadline of a message."""
BATCH = 50
COLORS = {False: 0xC77700, True: 0xB92029}
"""Of the mail's card, by whether all is used: amber, red."""

_log = get_logger()


class QuotaNotices:
    """Looks for workspaces near or at their limit, and tells their owners."""

    name = "quota"
    every = EVERY
    deadline = DEADLINE

    def __init__(
        self, reader: Reader, writer: Writer, voice: Voice, mail: MailTo | None, wake: Callable[[], None]
    ) -> None:
        """Take the store's two ends, what words are made of, how to mail, if at all, and how to send at once."""
        self._reader = reader
        self._writer = writer
        self._voice = voice
        self._mail = mail
        self._wake = wake

    async def turn(self) -> None:
        """Tell of what is untold at present."""
        for used_up in await self._reader.run(quota_notices.untold, self._voice.now(), BATCH):
            if await self._tell(used_up):
                self._wake()
                _log.info("quota.warned", workspace=used_up.workspace, percent=used_up.percent)
        if self._mail is not None:
            for letter in await self._reader.run(quota_notices.unmailed, BATCH):
                await self._send(letter, self._mail)

    async def _tell(self, used_up: UsedUp) -> bool:
        routes = await self._reader.run(quota_notices.routes_to, used_up.workspace)
        event = self._voice.notice(used_up.workspace, notice_of(used_up, self._voice.public_url), routes)
        unit = Warn(
            *(used_up.workspace, used_up.month.year, used_up.month.month, used_up.percent, used_up.limit),
            has_mail=self._mail is not None,
            event=event,
        )
        return bool(await self._writer.submit(unit))

    async def _send(self, letter: Letter, mail: MailTo) -> None:
        if not await self._reader.run(quota_notices.claim_letter, letter):
            return
        for address in letter.addresses:
            if not await mail(address, self._message(letter.used_up)):
                await self._reader.run(quota_notices.return_letter, letter)

    def _message(self, used_up: UsedUp) -> Message:
        told = notice_of(used_up, self._voice.public_url)
        event_id, delivery_id = self._voice.new_ids(2)
        return Message(
            delivery_id=DeliveryId(delivery_id),
            event_id=EventId(event_id),
            category=CATEGORY,
            title=f"{used_up.percent} % of this month’s events are used",
            description=told.description or "",
            color=COLORS[used_up.percent >= FULL],
            fields=(),
            severity=told.severity,
            occurred_at=self._voice.now(),
            at=self._voice.now(),
            url="",
            link=f"{self._voice.public_url}/dashboard/upgrade",
            is_late=False,
        )


def notice_of(used_up: UsedUp, public_url: str) -> NewEvent:
    """Return the event that tells how far the quota is used up, what happens beyond it, and when it starts anew."""
    is_full = used_up.percent >= FULL
    begin = f"{used_up.name} has used {used_up.used:,} of the {used_up.limit:,} events of this month ({used_up.plan})."
    beyond = "held until the quota allows them" if used_up.over_limit is OverLimit.HOLD else "refused with 429"
    what = f"Further events are {beyond}." if is_full else f"Beyond that number events are {beyond}."
    anew = f"The count starts anew on {used_up.month.end:%-d %B} at 00:00 UTC; a larger plan counts at once."
    return NewEvent(
        category=CATEGORY,
        description=f"{begin} {what} {anew}",
        fields_json="{}",
        severity=Severity.CRITICAL if is_full else Severity.WARNING,
        occurred_at=None,
        dedupe_key=None,
        url=f"{public_url}/dashboard/upgrade",
    )

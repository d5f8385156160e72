"""The chore that tells owners, on their other channels, of a destination that was switched off or is refused.

What is to be told stands in the store, and is crossed out in the commit of the event that tells it: so it is told once,
whatever crashes in between, and however many processes do this.
"""

from collections.abc import Callable
from datetime import timedelta

from pingpilot.domain.event import NewEvent, Severity
from pingpilot.observe import get_logger
from pingpilot.store import notices
from pingpilot.store.notices import Tell, Trouble
from pingpilot.store.reader import Reader
from pingpilot.store.writer import Writer
from pingpilot.upkeep.chore import TURN_MAX
from pingpilot.upkeep.voice import Voice

EVERY = timedelta(seconds=5)
BATCH = 50
CATEGORY = "pingpilot"
"""What our own words are filed under; it needs not exist as a category."""

_log = get_logger()


class Telling:
    """Looks for troubles that nobody was told of, and tells their owners."""

    name = "telling"
    every = EVERY
    deadline = TURN_MAX

    def __init__(self, reader: Reader, writer: Writer, voice: Voice, wake: Callable[[], None]) -> None:
        """Take the store's two ends, what notices are made of, and how to have them sent at once."""
        self._reader = reader
        self._writer = writer
        self._voice = voice
        self._wake = wake

    async def turn(self) -> None:
        """Tell of what is untold at present."""
        for trouble in await self._reader.run(notices.untold, BATCH):
            routes = await self._reader.run(notices.routes_beside, trouble)
            event = self._voice.notice(trouble.workspace, notice_of(trouble, self._voice), routes)
            if await self._writer.submit(Tell(trouble.destination, trouble.since, event)):
                self._wake()
                said = "destination.disabled" if trouble.is_gone else "destination.refused"
                _log.warning(said, channel=trouble.channel, destination=trouble.destination, told=len(routes))


def notice_of(trouble: Trouble, voice: Voice) -> NewEvent:
    """Return the event that tells of a trouble: what happened, why, what to do; its link leads to the destination."""
    label = voice.label(trouble.channel)
    name = f"{label} “{trouble.label}”" if trouble.label else label
    place = f"{name} ({trouble.address})" if trouble.address else name
    if trouble.is_gone:
        said = f"{place} was switched off: it gets no more events. Open it to see what to do, and switch it on again."
    else:
        said = f"{place} began to refuse us: its events are held, and none is lost. Open it to see what to do."
    return NewEvent(
        category=CATEGORY,
        description=f"{said}\n\n{trouble.reason}".strip(),
        fields_json="{}",
        severity=Severity.WARNING,
        occurred_at=trouble.since,
        dedupe_key=None,
        url=f"{voice.public_url}/dashboard/channels/{trouble.destination}",
    )

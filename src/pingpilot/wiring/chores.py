"""The chores of a process that delivers: made, each led by one process at a time, and ended."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from pingpilot.billing.following import Following
from pingpilot.config import world
from pingpilot.config.settings import Settings
from pingpilot.deliver.conversation import Wires
from pingpilot.deliver.mailing import Mailer
from pingpilot.deliver.mending import Mending
from pingpilot.deliver.pacing import Pauses
from pingpilot.manage.services import current
from pingpilot.manage.troubles import SINGLE_REMEDY, remedy
from pingpilot.store.leadership import Leadership
from pingpilot.store.reader import Reader
from pingpilot.store.senders import SINGLE
from pingpilot.store.writer import Writer
from pingpilot.upkeep.abandoned import Abandoned, Alone
from pingpilot.upkeep.alerting import MAIL, Alerting
from pingpilot.upkeep.chore import Chore, Rounds
from pingpilot.upkeep.clearing import Clearing
from pingpilot.upkeep.filing import Filing
from pingpilot.upkeep.months import Months
from pingpilot.upkeep.quota_notice import QuotaNotices
from pingpilot.upkeep.releasing import Releasing
from pingpilot.upkeep.retention import Retention
from pingpilot.upkeep.tallying import Tallying
from pingpilot.upkeep.telling import Telling
from pingpilot.upkeep.voice import Voice
from pingpilot.wiring import lock
from pingpilot.wiring.instance import Instance
from pingpilot.wiring.keeping import Work

Make = Callable[[], Chore]


class Chores:
    """What has to be done again and again. Lives on one event loop."""

    def __init__(
        self,
        instance: Instance,
        store: tuple[Writer, Leadership],
        wires: Wires,
        wake: Callable[[], None],
        now: Callable[[], datetime],
    ) -> None:
        """Take the instance, the store, the ways out, how to have deliveries sent at once, and the clock."""
        self._instance = instance
        self._writer, self._leadership = store
        self._wires = wires
        self._wake = wake
        self._now = now
        self._reader = Reader(threads=1)  # their questions may take long; nobody else waits for them
        self._slow = Reader(threads=1)  # those that may take minutes
        self.rounds: list[Rounds] = []
        """Those that ``works`` returned, with their records."""

    def works(self, pauses: Pauses) -> Sequence[Work]:
        """Return what is to be kept running, for a process whose worker has these pauses."""
        led = [self._rounds(make) for make in self._led()]
        mending = self._rounds(partial(Mending, pauses, self._reader, self._wake, self._now))
        self.rounds = [*led, mending]
        return [mending.run, *(partial(self._leadership.lead, one.name, one.run) for one in led)]

    def close(self) -> None:
        """End the threads; cancel what ``works`` returned before."""
        self._reader.close()
        self._slow.close()

    def _rounds(self, make: Make) -> Rounds:
        return Rounds(make, self._now, world.monotonic)

    def _led(self) -> list[Make]:
        """Return those that one process at a time does."""
        store = self._reader, self._writer
        voice, mailer = _voice(self._instance, self._now), _mailer(self._instance, self._wires)
        mail = mailer.mail if mailer else None
        made: list[Make] = [
            partial(Filing, *store),
            partial(Clearing, *store),
            partial(Tallying, *store, self._now),
            partial(Telling, *store, voice, self._wake),
            partial(Releasing, *store, self._now, self._wake),
            partial(QuotaNotices, *store, voice, mail, self._wake),
            partial(Retention, *store, voice, world.monotonic, self._wake),
            partial(Alerting, self._reader, voice, mail),
        ]
        if self._instance.is_embedded:
            made.append(partial(Abandoned, self._reader, *_transfers(self._instance.settings)))
        else:
            made.append(partial(Months, self._slow, self._now))
        if payments := current().payments:
            made.append(partial(Following, current(), payments, self._slow))
        return made


def _transfers(settings: Settings) -> tuple[Path, Alone]:
    return settings.database_path, partial(lock.beside, settings.data_dir, lock.TRANSFER)


def _voice(instance: Instance, now: Callable[[], datetime]) -> Voice:
    specs = {kind: channel.SPEC for kind, channel in instance.channels.items()}
    return Voice(
        public_url=instance.settings.public_url,
        labels={kind: spec.label for kind, spec in specs.items()},
        remedies={kind: remedy(spec) for kind, spec in specs.items()} | {SINGLE: SINGLE_REMEDY},
        shared=[kind for kind, spec in specs.items() if spec.has_shared_credential],
        new_ids=instance.ids.several,
        now=now,
    )


def _mailer(instance: Instance, wires: Wires) -> Mailer | None:
    if instance.settings.smtp_url is None or MAIL not in instance.channels:
        return None
    return Mailer(instance.channels[MAIL], wires, instance.settings.public_url)

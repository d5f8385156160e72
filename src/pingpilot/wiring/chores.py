"""The chores of a process that delivers."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial

from pingpilot.billing.following import Following
from pingpilot.config import world
from pingpilot.deliver.conversation import Wires
from pingpilot.deliver.mailing import Mailer
from pingpilot.manage.services import current
from pingpilot.manage.troubles import SINGLE_REMEDY, remedy
from pingpilot.store.leadership import Leadership
from pingpilot.store.reader import Reader
from pingpilot.store.senders import SINGLE
from pingpilot.store.writer import Writer
from pingpilot.upkeep.alerting import MAIL, Alerting
from pingpilot.upkeep.clearing import Clearing
from pingpilot.upkeep.filing import Filing
from pingpilot.upkeep.quota_notice import QuotaNotices
from pingpilot.upkeep.releasing import Releasing
from pingpilot.upkeep.retention import Retention
from pingpilot.upkeep.tallying import Tallying
from pingpilot.upkeep.telling import Telling
from pingpilot.upkeep.voice import Voice
from pingpilot.wiring.instance import Instance

Chore = Callable[[], Awaitable[None]]


def chores(
    instance: Instance,
    store: tuple[Reader, Writer, Leadership],
    wires: Wires,
    wake: Callable[[], None],
    now: Callable[[], datetime],
) -> list[Chore]:
    """Return what has to be done again and again, each to be kept running."""
    reader, writer, leadership = store
    specs = {kind: channel.SPEC for kind, channel in instance.channels.items()}
    voice = Voice(
        public_url=instance.settings.public_url,
        labels={kind: spec.label for kind, spec in specs.items()},
        remedies={kind: remedy(spec) for kind, spec in specs.items()} | {SINGLE: SINGLE_REMEDY},
        shared=[kind for kind, spec in specs.items() if spec.has_shared_credential],
        new_ids=instance.ids.several,
        now=now,
    )
    mailer = _mailer(instance, wires)
    payments = current().payments
    mail = mailer.mail if mailer else None
    return [
        Filing(reader, writer).run,
        Clearing(reader, writer).run,
        Tallying(reader, writer, now).run,
        Telling(reader, writer, voice, wake).run,
        Releasing(reader, writer, now, wake).run,
        partial(leadership.lead, "quota", QuotaNotices(reader, writer, voice, mail, wake).run),
        partial(leadership.lead, "retention", Retention(reader, writer, voice, world.monotonic, wake).run),
        # each of several processes would tell
        partial(leadership.lead, "alerting", Alerting(reader, voice, mail).run),
        *([partial(leadership.lead, "billing", Following(current(), payments).run)] if payments else []),
    ]


def _mailer(instance: Instance, wires: Wires) -> Mailer | None:
    if instance.settings.smtp_url is None or MAIL not in instance.channels:
        return None
    return Mailer(instance.channels[MAIL], wires, instance.settings.public_url)

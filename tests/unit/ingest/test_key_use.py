"""When keys are noted as used, and how much of it is written at a time."""

from datetime import UTC, datetime, timedelta
from typing import cast

from pingpilot.domain.errors import Overloaded
from pingpilot.domain.ids import KeyId
from pingpilot.ingest.key_use import AGAIN_AFTER, KEYS_MAX, TOGETHER, KeyUse
from pingpilot.store.key_use import Used
from pingpilot.store.writer import Writer

HERE, THERE = "192.0.2.1", "198.51.100.7"


class Log:
    """A writer that keeps what it was given, unless it is away; and a clock."""

    def __init__(self) -> None:
        self.units: list[Used] = []
        self.is_away = False
        self.now = datetime(2026, 11, 26, 12, tzinfo=UTC)

    async def submit(self, unit: Used) -> None:
        if self.is_away:
            raise Overloaded
        self.units.append(unit)

    def taken(self) -> list[tuple[str, str]]:
        """Return keys and networks since the last time."""
        units, self.units = self.units, []
        return [(use.key, use.network) for unit in units for use in unit.uses]


def made() -> tuple[Log, KeyUse]:
    log = Log()
    return log, KeyUse(cast("Writer", log), lambda: log.now)


async def test_a_key_in_steady_use_is_written_once_a_minute():
    log, uses = made()
    written = 0
    for _ in range(36):  # three minutes
        for _ in range(10):
            uses.note(KeyId("a"), HERE)
        await uses.write()
        written += len(log.taken())
        log.now += timedelta(seconds=5)
    assert written == 3


async def test_another_address_is_written_at_once():
    log, uses = made()
    uses.note(KeyId("a"), HERE)
    await uses.write()
    uses.note(KeyId("a"), THERE)
    await uses.write()
    uses.note(KeyId("a"), THERE)
    await uses.write()
    assert log.taken() == [("a", "192.0.2.0/24"), ("a", "198.51.100.0/24")]


async def test_many_keys_share_commits_that_hold_nobody_up():
    log, uses = made()
    for number in range(KEYS_MAX + 5):
        uses.note(KeyId(str(number)), HERE)
    await uses.write()
    assert [len(unit.uses) for unit in log.units] == [TOGETHER] * (KEYS_MAX // TOGETHER)
    assert len({key for key, _ in log.taken()}) == KEYS_MAX
    uses.note(KeyId(str(KEYS_MAX + 1)), HERE)  # there was no room for it
    await uses.write()
    assert log.taken() == [(str(KEYS_MAX + 1), "192.0.2.0/24")]


async def test_what_was_not_taken_is_noted_again_at_the_next_use():
    log, uses = made()
    log.is_away = True
    uses.note(KeyId("a"), HERE)
    await uses.write()
    log.is_away = False
    uses.note(KeyId("a"), HERE)
    await uses.write()
    assert log.taken() == [("a", "192.0.2.0/24")]


async def test_after_a_minute_the_use_counts_anew():
    log, uses = made()
    uses.note(KeyId("a"), HERE)
    await uses.write()
    log.now += AGAIN_AFTER
    await uses.write()
    uses.note(KeyId("a"), HERE)
    await uses.write()
    assert len(log.taken()) == 2

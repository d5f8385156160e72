"""One key, one event: in one batch of the writer, in two processes, after 24 hours, on both databases."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

import pytest
from django.db import connection

from pingpilot.domain.ids import KeyId
from pingpilot.store.batches import AcceptMany, Many, Once, Piece
from pingpilot.store.events import Accepted, QuotaFull, Stale
from pingpilot.store.idempotency import Amend, KeyReused, Replayed, recorded
from pingpilot.store.key_use import Use, Used
from pingpilot.store.models import Delivery, Event, IdempotencyRecord, Key, Quota
from pingpilot.store.writer import Writer
from pingpilot.wiring.writer_process import DATABASE_SETTINGS, launcher
from tests.conformance.store.house import NOW, House, ask

pytestmark = pytest.mark.usefixtures("db")
DIGEST, OTHER = b"d" * 32, b"o" * 32
LATER = NOW + timedelta(hours=24)


def new_writer() -> Writer:
    database = {name: value for name, value in connection.settings_dict.items() if name in DATABASE_SETTINGS}
    return Writer(launcher(database, "json", "error"), capacity=2_000)


@pytest.fixture
async def writer() -> AsyncIterator[Writer]:
    writer = new_writer()
    await writer.start()
    yield writer
    await writer.close()


def call(house: House, key: str = "k", digest: bytes = DIGEST, at: datetime = NOW, events: int = 1) -> AcceptMany:
    """Return a call whose answer tells which of its events were accepted."""
    pieces: list[Piece] = ["[", *[("y", "n")] * events, f"] of {key}"]
    return AcceptMany([house.unit(at=at) for _ in range(events)], Once(key, digest, 207, pieces))


def kinds(answers: Sequence[object]) -> dict[str, int]:
    names = [type(answer).__name__ for answer in answers]
    return {name: names.count(name) for name in names}


async def test_the_second_call_is_given_the_first_answer_and_stores_nothing(house: House, writer: Writer):
    first = await writer.submit(call(house, events=3))
    assert isinstance(first, Many)
    assert [type(answer) for answer in first.answers] == [Accepted] * 3
    assert await writer.submit(call(house, events=3)) == Replayed(207, "[yyy] of k")
    assert await writer.submit(call(house, digest=OTHER)) == KeyReused()
    assert await ask(Event.objects.count) == 3
    assert await ask(Delivery.objects.count) == 9
    assert await ask(lambda: Quota.objects.get().used) == 3


async def test_200_calls_of_one_key_in_one_batch_are_one_event(house: House, writer: Writer):
    answers = await asyncio.gather(*[writer.submit(call(house)) for _ in range(200)])
    assert kinds(answers) == {"Many": 1, "Replayed": 199}
    assert await ask(Event.objects.count) == 1
    assert await ask(lambda: Quota.objects.get().used) == 1


async def test_calls_of_one_key_in_two_processes_are_one_event(house: House, writer: Writer):
    second = new_writer()
    await second.start()
    keys = [f"k{number}" for number in range(100)]
    waiting = [one.submit(call(house, key)) for key in keys for one in (writer, second) for _ in range(2)]
    waiting += [one.submit(house.unit()) for one in (writer, second) for _ in range(50)]
    answers = await asyncio.gather(*waiting)
    await second.close()
    assert kinds(answers) == {"Many": 100, "Replayed": 300, "Accepted": 100}
    assert await ask(Event.objects.count) == 200
    assert await ask(lambda: Quota.objects.get().used) == 200


async def test_a_key_with_another_body_in_the_same_batch_is_refused(house: House, writer: Writer):
    answers = await asyncio.gather(writer.submit(call(house)), writer.submit(call(house, digest=OTHER)))
    assert [type(answer) for answer in answers] == [Many, KeyReused]


async def test_what_was_refused_is_not_recorded(house: House, writer: Writer):
    await ask(lambda: house.set_plan("FREE"))
    await ask(lambda: house.use(100))
    answers = await asyncio.gather(*[writer.submit(call(house)) for _ in range(3)])
    assert answers == [Many([QuotaFull(100)])] * 3
    assert await ask(IdempotencyRecord.objects.count) == 0
    assert await ask(lambda: Quota.objects.get().used) == 100
    await ask(lambda: house.use(99))
    assert isinstance((await writer.submit(call(house, digest=OTHER))).answers[0], Accepted)


async def test_a_replay_takes_no_unit_and_needs_none(house: House, writer: Writer):
    await ask(lambda: house.set_plan("FREE"))
    await ask(lambda: house.use(99))
    waiting = [writer.submit(call(house)) for _ in range(50)] + [writer.submit(house.unit()) for _ in range(3)]
    assert kinds(await asyncio.gather(*waiting)) == {"Many": 1, "Replayed": 49, "QuotaFull": 3}
    assert await writer.submit(call(house)) == Replayed(207, "[y] of k")
    assert await ask(lambda: Quota.objects.get().used) == 100


async def test_a_call_takes_what_is_left_of_the_quota_in_order(house: House, writer: Writer):
    await ask(lambda: house.set_plan("FREE"))
    await ask(lambda: house.use(97))
    plain = AcceptMany([house.unit() for _ in range(2)], None)
    many, single, keyed = await asyncio.gather(*map(writer.submit, (plain, house.unit(), call(house, events=3))))
    assert kinds(many.answers) == {"Accepted": 2}
    assert isinstance(single, Accepted)
    assert kinds(keyed.answers) == {"QuotaFull": 3}
    assert await ask(lambda: Quota.objects.get().used) == 100
    assert await ask(Event.objects.count) == 3


async def test_part_of_a_call_is_recorded_as_it_was_answered(house: House, writer: Writer):
    await ask(lambda: house.set_plan("FREE"))
    await ask(lambda: house.use(98))
    answer = await writer.submit(call(house, events=4))
    assert [type(one) for one in answer.answers] == [Accepted, Accepted, QuotaFull, QuotaFull]
    assert await writer.submit(call(house, events=4)) == Replayed(207, "[yynn] of k")


async def test_an_outdated_call_stores_nothing_at_all(house: House, writer: Writer):
    old = call(house, events=2)
    await ask(house.change)
    assert await writer.submit(old) == Stale()
    assert await ask(Event.objects.count) == 0
    assert isinstance(await writer.submit(call(house, events=2)), Many)
    assert await writer.submit(old) == Stale()  # also where it could be replayed: its key may be revoked by now


async def test_after_24_hours_a_key_is_as_new(house: House, writer: Writer):
    await writer.submit(call(house))
    assert isinstance(await writer.submit(call(house, at=LATER - timedelta(seconds=1))), Replayed)
    assert isinstance(await writer.submit(call(house, digest=OTHER, at=LATER)), Many)
    assert await writer.submit(call(house, digest=OTHER, at=LATER)) == Replayed(207, "[y] of k")
    assert await ask(IdempotencyRecord.objects.count) == 1


async def test_old_records_are_deleted_little_by_little(house: House, writer: Writer):
    await asyncio.gather(*[writer.submit(call(house, f"k{number}")) for number in range(10)])
    await writer.submit(call(house, "new", at=LATER))
    assert await ask(IdempotencyRecord.objects.count) == 9
    for number in range(8):
        await writer.submit(call(house, f"new{number}", at=LATER))
    assert await ask(IdempotencyRecord.objects.count) == 9


async def test_keys_of_two_workspaces_are_strangers(house: House, writer: Writer):
    assert isinstance(await writer.submit(call(house)), Many)
    assert await ask(lambda: recorded(house.workspace, "k", DIGEST, NOW)) == Replayed(207, "[y] of k")
    assert await ask(lambda: recorded(house.workspace, "k", OTHER, NOW)) == KeyReused()
    assert await ask(lambda: recorded(house.workspace, "k", DIGEST, LATER)) is None
    assert await ask(lambda: recorded(type(house.workspace)(house.workspace + 1), "k", DIGEST, NOW)) is None


async def test_a_recorded_answer_can_be_amended(house: House, writer: Writer):
    await writer.submit(call(house))
    await writer.submit(Amend(house.workspace, "k", 500, "more"))
    assert await writer.submit(call(house)) == Replayed(500, "more")


async def test_the_last_use_of_a_key_is_the_latest(house: House, writer: Writer):
    def key() -> Key:
        return Key.objects.create(id="k" * 24, workspace_id=house.workspace, digest=b"")

    used = KeyId((await ask(key)).id)
    await writer.submit(Used([Use(used, NOW, "192.0.2.0/24"), Use(KeyId("unknown"), NOW, "")]))
    await writer.submit(Used([Use(used, NOW - timedelta(seconds=1), "198.51.100.0/24")]))
    row = await ask(lambda: Key.objects.get(pk=used))
    assert (row.last_used_at, row.last_used_network) == (NOW, "192.0.2.0/24")

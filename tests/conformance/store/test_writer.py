"""Group commit, on both databases."""

import asyncio
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from msgspec.structs import replace

from pingpilot.domain.errors import InternalError, Overloaded
from pingpilot.domain.event import NewEvent, Severity
from pingpilot.domain.ids import EventId
from pingpilot.store import events
from pingpilot.store.batches import AcceptMany, Once
from pingpilot.store.clerk import COMMIT_MAX, attend
from pingpilot.store.commit import Committer
from pingpilot.store.frames import Frames, framed
from pingpilot.store.models import Delivery, Event, Quota
from pingpilot.store.parcels import pack_answers, pack_units, unpack_answers, unpack_units
from pingpilot.store.sql import is_sqlite
from pingpilot.store.writer import Writer
from pingpilot.wiring.writer_process import DATABASE_SETTINGS, for_writing, launcher
from tests.conformance.store.house import NOW, House, ask
from tests.servers.ports import wait_until

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
async def writer() -> AsyncIterator[Writer]:
    writer = Writer(launcher(database(), "json", "error"), capacity=1_000)
    await writer.start()
    yield writer
    await writer.close()


def database() -> dict[str, object]:
    """What a writer is told of the database of this test."""
    return {name: value for name, value in connection.settings_dict.items() if name in DATABASE_SETTINGS}


async def test_all_that_wait_share_one_commit_and_each_is_answered(house: House, writer: Writer):
    units = [house.unit() for _ in range(100)]
    answers = await asyncio.gather(*[writer.submit(unit) for unit in units])
    assert await ask(Event.objects.count) == 100
    assert await ask(Delivery.objects.count) == 100 * len(house.routes)
    assert [answer.used for answer in answers] == list(range(1, 101))


def test_the_writer_reads_no_table_whole_and_keeps_indexes_in_memory(db: None):
    own = connection.copy("writer")
    own.settings_dict = {**connection.settings_dict, **for_writing(connection.settings_dict)}
    with own.cursor() as cursor:
        cursor.execute("PRAGMA cache_size" if is_sqlite() else "SHOW enable_seqscan")
        assert cursor.fetchone() == ((-32_768,) if is_sqlite() else ("off",))
    own.close()


def test_a_call_of_many_arrives_as_it_was_sent(house: House):
    everywhere = list(house.routes)
    units = [house.unit(routes=routes) for routes in (everywhere, [], everywhere)]
    sent = AcceptMany(units, Once("k", b"\x00\xff", 207, ["[", ("1", "2")]))
    assert unpack_units(pack_units([sent])) == [sent]


def test_single_events_and_their_answers_arrive_as_they_were_sent(house: House):
    here = house.unit(routes=list(house.routes))
    late = replace(here, received_at=NOW + timedelta(microseconds=1))
    sent = [here, late, events.leased(here, events.Lease("w", NOW, [True, False, True]))]
    answers = [events.Accepted(7, []), events.Accepted(8, [b"\x00\xff"])]
    assert unpack_units(pack_units(sent)) == sent
    assert unpack_answers(pack_answers(answers)) == answers
    for other in (events.Repeated(9, first=EventId("0" * 32)), events.Held(9), events.QuotaFull(9), events.Stale()):
        assert unpack_answers(pack_answers([*answers, other])) == [*answers, other]
        assert type(unpack_answers(pack_answers([other]))[0]) is type(other)


async def test_an_invalid_unit_never_harms_its_neighbours(house: House, writer: Writer):
    there = house.unit()
    await writer.submit(there)
    waiting = [writer.submit(unit) for unit in (house.unit(), there, house.unit())]
    first, broken, last = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(first, events.Accepted)
    assert isinstance(last, events.Accepted)
    assert isinstance(broken, InternalError)
    assert await ask(Event.objects.count) == 3


async def test_a_full_queue_refuses_at_once(house: House):
    writer = Writer(launcher(database(), "json", "error"), capacity=3)
    await writer.start()
    waiting = [writer.submit(house.unit()) for _ in range(3)]
    with pytest.raises(Overloaded):
        writer.submit(house.unit())
    await asyncio.gather(*waiting)
    await writer.close()


async def test_close_writes_what_waits_and_takes_no_more(house: House):
    writer = Writer(launcher(database(), "json", "error"), capacity=100)
    await writer.start()
    waiting = [writer.submit(house.unit()) for _ in range(10)]
    await writer.close()
    assert all(isinstance(answer, events.Accepted) for answer in await asyncio.gather(*waiting))
    with pytest.raises(Overloaded):
        writer.submit(house.unit())


async def test_a_writer_that_dies_is_started_again_and_its_units_are_refused(house: House):
    children: list[subprocess.Popen[bytes]] = []
    launch = launcher(database(), "json", "critical")

    def watched(line: socket.socket) -> "subprocess.Popen[bytes]":
        children.append(launch(line))
        return children[-1]

    writer = Writer(watched, capacity=100)
    await writer.start()
    children[0].send_signal(signal.SIGSTOP)
    lost = writer.submit(house.unit())
    await asyncio.sleep(0)
    children[0].kill()
    with pytest.raises(Overloaded):
        await lost
    await asyncio.to_thread(wait_until, lambda: writer.is_open, "the writer is back")
    assert isinstance(await writer.submit(house.unit()), events.Accepted)
    await writer.close()
    assert await ask(Event.objects.count) == 1


def test_a_writer_whose_parent_was_killed_ends_without_an_error():
    parent, child = socket.socketpair()
    parent.sendall(framed(pack_units(["unit"])))

    class Deadly(Committer):
        def commit(self, units: Sequence[object]) -> list[object]:
            parent.close()  # with the child's hello unread, which resets its line
            return []

    with child:
        attend(child, Deadly({}), lambda: None)


def test_what_comes_while_a_commit_runs_shares_the_next_one_within_bounds():
    parent, child = socket.socketpair()
    commits: list[Sequence[object]] = []

    def send(*units: object) -> None:
        parent.sendall(framed(pack_units(units)))

    class Busy(Committer):
        def commit(self, units: Sequence[object]) -> list[object]:
            if not commits:
                send("b")
                send("c", "d")
                send(*range(COMMIT_MAX))
                parent.shutdown(socket.SHUT_WR)
            commits.append(units)
            return list(units)

    with child, parent:
        send("a")
        attend(child, Busy({}), lambda: None)
        answers = [unpack_answers(frame) for frame in Frames().feed(parent.recv(1 << 20))]
    rest = ["b", "c", "d", *range(COMMIT_MAX)]
    assert commits == [["a"], rest[:COMMIT_MAX], rest[COMMIT_MAX:]]
    assert answers == [[], *commits]


async def test_a_writer_that_cannot_be_started_is_tried_again(house: House):
    children: list[subprocess.Popen[bytes]] = []
    launch = launcher(database(), "json", "critical")
    tries = 0

    def scarce(line: socket.socket) -> "subprocess.Popen[bytes]":
        nonlocal tries
        tries += 1
        if tries == 2:
            raise OSError("no more processes")
        children.append(launch(line))
        return children[-1]

    writer = Writer(scarce, capacity=100)
    await writer.start()
    children[0].kill()
    await asyncio.to_thread(wait_until, lambda: len(children) == 2 and writer.is_open, "the writer is back")
    assert isinstance(await writer.submit(house.unit()), events.Accepted)
    assert tries == 3
    await writer.close()


async def test_a_thread_may_write_too(house: House, writer: Writer):
    assert isinstance(await asyncio.to_thread(writer.write, house.unit()), events.Accepted)


async def test_the_quota_is_exact_when_many_ask_for_the_last_unit(house: House, writer: Writer):
    await ask(lambda: house.set_plan("FREE"))
    await ask(lambda: house.use(99))
    answers = await asyncio.gather(*[writer.submit(house.unit()) for _ in range(200)])
    kinds = [type(answer) for answer in answers]
    assert kinds.count(events.Accepted) == 1
    assert kinds.count(events.QuotaFull) == 199
    assert await ask(lambda: Quota.objects.get().used) == 100
    assert await ask(Event.objects.count) == 1


async def test_a_new_month_begins_with_the_whole_quota(house: House, writer: Writer):
    await ask(lambda: house.set_plan("FREE"))
    last = datetime(2026, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)
    first = datetime(2027, 1, 1, tzinfo=UTC)
    units = [house.unit(at=instant) for instant in (last, first) for _ in range(101)]
    answers = await asyncio.gather(*[writer.submit(unit) for unit in units])
    assert [type(answer) for answer in answers].count(events.QuotaFull) == 2
    rows = await ask(lambda: set(Quota.objects.values_list("year", "month", "used")))
    assert rows == {(2026, 12, 100), (2027, 1, 100)}


async def test_an_event_on_an_outdated_picture_is_not_stored(house: House, writer: Writer):
    old = house.unit()
    await ask(house.change)
    assert await writer.submit(old) == events.Stale()
    assert await ask(Event.objects.count) == 0
    assert isinstance(await writer.submit(house.unit()), events.Accepted)


async def test_an_event_without_destinations_counts_as_delivered(house: House, writer: Writer):
    house.routes = ()
    await writer.submit(house.unit())
    assert await ask(lambda: Event.objects.get().status) == "DELIVERED"


async def test_every_member_of_an_event_is_kept_as_sent(house: House, writer: Writer):
    happened = datetime(2026, 11, 20, 12, 30, 0, 5_000, tzinfo=UTC)
    fields = '{"z":99.90,"a":0,"ok":false,"text":"日本 \\"q\\""}'
    event = NewEvent("sale", "Ein Kauf 🎉", fields, Severity.CRITICAL, happened, "dedupe", "https://example.com/x")
    await writer.submit(house.unit(event=event, routes=house.routes[:1]))
    row = await ask(Event.objects.get)
    assert (row.description, row.fields, row.severity) == ("Ein Kauf 🎉", fields, "critical")
    assert (row.occurred_at, row.dedupe_key, row.url) == (happened, "dedupe", "https://example.com/x")

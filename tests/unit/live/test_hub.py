"""Who watches is told what changed: once for all, not too often, and no longer than they may."""

import asyncio
from collections.abc import Sequence

import pytest

from pingpilot.accounts.watching import Pass
from pingpilot.domain.errors import BadRequest, Overloaded
from pingpilot.domain.ids import WorkspaceId
from pingpilot.domain.role import Role
from pingpilot.live.hub import Hub, Pace
from pingpilot.live.stream import BEAT, BYE, Stream
from pingpilot.live.view import Drawn, View, message, view_of

SHOP = WorkspaceId(1)
ADDRESS = "/dashboard/live?workspace=1"
TURNS = 20
"""Of the event loop: more than anything here takes that is not waiting for the clock."""


class Desk:
    """Draws, and knows who may watch; counts what it is asked."""

    def __init__(self) -> None:
        self.now = 100.0
        self.text = "nothing yet"
        self.drawings: list[View] = []
        self.expelled: set[Pass] = set()
        self.is_away = False
        self.is_final = False

    def monotonic(self) -> float:
        return self.now

    async def draw(self, view: View, given: Pass) -> Drawn | None:
        if self.is_away:
            raise Overloaded
        self.drawings.append(view)
        return None if given in self.expelled else Drawn(self.text, message("part", self.text), self.is_final)

    async def check(self, passes: Sequence[Pass]) -> set[Pass]:
        return set(passes) - self.expelled


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def hub(desk: Desk):
    made = Hub(desk.draw, desk.check, desk.monotonic, Pace(streams=5, streams_of_one=3, woken_at_once=2))
    task = asyncio.create_task(made.run())
    yield made
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def leave_of(user: int = 1, role: Role = Role.OWNER, zone: str = "UTC") -> Pass:
    return Pass(f"session of {user}", user, SHOP, role, is_operator=False, zone=zone, proof="")


def watch(hub: Hub, given: Pass | None = None, seen: str = "") -> Stream:
    given = given or leave_of()
    return hub.join(given, {view_of(given, ADDRESS)[0]: seen})


async def settle() -> None:
    for _ in range(TURNS):
        await asyncio.sleep(0)


async def heard(stream: Stream) -> bytes:
    """Return what a stream has to say now; empty when that is nothing."""
    await settle()
    if not stream._waiting and not stream._is_over:
        return b""
    return await stream.next()


async def change(hub: Hub, desk: Desk, text: str) -> None:
    desk.text = text
    desk.now += 1
    hub.announce(SHOP)
    await settle()


async def test_a_part_is_drawn_once_for_all_who_see_the_same(hub: Hub, desk: Desk):
    streams = [watch(hub, leave_of(user)) for user in range(4)]
    assert {await heard(stream) for stream in streams} == {message("part", "nothing yet")}
    await change(hub, desk, "an event")
    assert {await heard(stream) for stream in streams} == {message("part", "an event")}
    assert len(desk.drawings) == 2


async def test_who_sees_another_picture_has_it_drawn_apart(hub: Hub, desk: Desk):
    for number, (role, zone) in enumerate([(Role.OWNER, "UTC"), (Role.VIEWER, "UTC"), (Role.OWNER, "Asia/Tokyo")]):
        watch(hub, leave_of(number, role, zone))
    await settle()
    assert len(set(desk.drawings)) == len(desk.drawings) == 3


async def test_a_page_is_not_sent_what_it_shows(hub: Hub, desk: Desk):
    stream = watch(hub, seen="nothing yet")
    assert await heard(stream) == b""
    await change(hub, desk, "nothing yet")
    assert await heard(stream) == b""


async def test_many_changes_at_once_are_one_drawing(hub: Hub, desk: Desk):
    stream = watch(hub)
    await heard(stream)
    for _ in range(50):
        hub.announce(SHOP)
        await settle()
    assert len(desk.drawings) == 1
    desk.now += 0.25
    hub._nudge.set()
    await settle()
    assert len(desk.drawings) == 2


async def test_who_listens_slowly_gets_the_latest_alone(hub: Hub, desk: Desk):
    stream = watch(hub)
    for text in ("one", "two", "three"):
        await change(hub, desk, text)
    assert await heard(stream) == message("part", "three")


async def test_what_nobody_announces_is_found(hub: Hub, desk: Desk):
    stream = watch(hub)
    await heard(stream)
    desk.text = "done by another process"
    desk.now += 5
    hub._nudge.set()
    assert await heard(stream) == message("part", "done by another process")


async def test_a_part_that_will_not_change_is_drawn_no_more(hub: Hub, desk: Desk):
    desk.is_final = True
    stream = watch(hub)
    await heard(stream)
    await change(hub, desk, "news")
    assert (len(desk.drawings), await heard(stream)) == (1, b"")


async def test_a_quiet_line_beats(hub: Hub, desk: Desk):
    stream = watch(hub, seen="nothing yet")
    await heard(stream)
    desk.now += 15
    hub._nudge.set()
    assert await heard(stream) == BEAT


async def test_who_may_watch_no_more_is_told_to_go(hub: Hub, desk: Desk):
    stays, goes = watch(hub, leave_of(1)), watch(hub, leave_of(2))
    await heard(stays)
    desk.expelled = {leave_of(2)}
    desk.now += 3
    hub._nudge.set()
    assert await heard(goes) == BYE
    assert await goes.next() == b""
    await change(hub, desk, "news")
    assert await heard(stays) == message("part", "news")


async def test_a_drawing_is_made_with_the_leave_of_who_still_has_one(hub: Hub, desk: Desk):
    gone, there = watch(hub, leave_of(1)), watch(hub, leave_of(2))
    desk.expelled = {leave_of(1)}
    assert await heard(there) == message("part", "nothing yet")
    assert await heard(gone) == BYE


async def test_while_the_store_is_away_nothing_is_sent_and_nothing_is_lost(hub: Hub, desk: Desk):
    desk.is_away = True
    stream = watch(hub)
    assert await heard(stream) == b""
    desk.is_away = False
    desk.now += 5
    hub._nudge.set()
    assert await heard(stream) == message("part", "nothing yet")


async def test_there_is_room_for_so_many(hub: Hub):
    mine = [watch(hub) for _ in range(3)]
    with pytest.raises(Overloaded):
        watch(hub)
    hub.leave(mine[0])
    watch(hub)
    watch(hub, leave_of(2))
    watch(hub, leave_of(2))
    with pytest.raises(Overloaded):
        watch(hub, leave_of(3))


async def test_when_all_have_left_nothing_is_kept(hub: Hub, desk: Desk):
    streams = [watch(hub, leave_of(user)) for user in range(3)]
    await settle()
    for stream in streams:
        hub.leave(stream)
    assert (len(hub), hub._watched, dict(hub._of)) == (0, {}, {})
    await change(hub, desk, "unseen")
    assert len(desk.drawings) == 1


async def test_at_a_stop_every_stream_ends(hub: Hub):
    stream = watch(hub)
    hub.close()
    assert await heard(stream) == b""
    with pytest.raises(Overloaded):
        watch(hub)


def test_lines_of_a_part_are_lines_of_data():
    assert message("part", "<p>\r\n\n</p>") == b"event: part\ndata: <p>\ndata: \ndata: </p>\n\n"


def test_a_view_is_the_same_whatever_a_page_shows_of_it():
    one, seen = view_of(leave_of(), f"{ADDRESS}&seen=abc")
    other, _ = view_of(leave_of(2), "/dashboard/live?seen=def&workspace=1")
    assert (one == other, seen) == (True, "abc")


@pytest.mark.parametrize(
    "address", ["/dashboard", "//x/dashboard/live", "http://x/dashboard/live", "/dashboard/../live"]
)
def test_what_is_no_part_has_no_view(address: str):
    with pytest.raises(BadRequest):
        view_of(leave_of(), address)

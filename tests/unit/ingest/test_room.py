"""Room is given in order; what is large waits for as much as it needs, and what comes after waits behind it."""

import asyncio

from pingpilot.ingest.room import Room


async def take(room: Room, size: int, end: asyncio.Event, done: list[int]) -> None:
    async with room.taken(size):
        done.append(size)
        await end.wait()


async def test_what_fits_has_room_at_once_and_the_rest_in_order():
    room, end, done = Room(10), asyncio.Event(), list[int]()
    tasks = [asyncio.ensure_future(take(room, size, end, done)) for size in (4, 6, 7, 1)]
    await asyncio.sleep(0)
    assert done == [4, 6]
    end.set()
    await asyncio.gather(*tasks)
    assert done == [4, 6, 7, 1]


async def test_what_is_larger_than_all_has_it_alone():
    room, end, done = Room(10), asyncio.Event(), list[int]()
    tasks = [asyncio.ensure_future(take(room, size, end, done)) for size in (11, 1)]
    await asyncio.sleep(0)
    assert done == [11]
    end.set()
    await asyncio.gather(*tasks)
    assert done == [11, 1]


async def test_whoever_gives_up_in_the_line_leaves_the_room_to_others():
    room, end, done = Room(10), asyncio.Event(), list[int]()
    tasks = [asyncio.ensure_future(take(room, size, end, done)) for size in (10, 9, 8)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    end.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert done == [10, 8]


async def test_so_does_whoever_gives_up_at_the_moment_of_the_turn():
    room, end, done = Room(10), asyncio.Event(), list[int]()
    async with room.taken(10):
        other = asyncio.ensure_future(take(room, 9, end, done))
        await asyncio.sleep(0)
    other.cancel()  # it has been given room, and does not know yet
    await asyncio.wait([other])
    async with asyncio.timeout(5), room.taken(10):
        assert done == []

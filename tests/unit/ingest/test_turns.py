"""Turns are given in order, to a bounded line, within a bounded time."""

import asyncio

import pytest

from pingpilot.domain.errors import Overloaded
from pingpilot.ingest.turns import Bounds, Turns


async def take(turns: Turns, end: asyncio.Event, done: list[int], number: int) -> None:
    async with turns.turn():
        done.append(number)
        await end.wait()


async def test_so_many_at_a_time_and_the_others_in_order():
    turns, end, done = Turns(Bounds(2, 9, 9)), asyncio.Event(), list[int]()
    tasks = [asyncio.ensure_future(take(turns, end, done, number)) for number in range(5)]
    await asyncio.sleep(0)
    assert done == [0, 1]
    end.set()
    await asyncio.gather(*tasks)
    assert done == [0, 1, 2, 3, 4]


async def test_the_line_is_bounded():
    turns, end, done = Turns(Bounds(1, 2, 9)), asyncio.Event(), list[int]()
    tasks = [asyncio.ensure_future(take(turns, end, done, number)) for number in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await take(turns, end, done, 3)
    end.set()
    await asyncio.gather(*tasks)
    await take(turns, end, done, 4)
    assert done == [0, 1, 2, 4]


async def test_so_is_the_wait():
    turns, end = Turns(Bounds(1, 2, 0.01)), asyncio.Event()
    holder = asyncio.ensure_future(take(turns, end, [], 0))
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await take(turns, end, [], 1)
    end.set()
    await holder
    await take(turns, end, [], 2)


async def test_who_gives_up_or_fails_takes_no_turn_away():
    turns, end = Turns(Bounds(1, 2, 9)), asyncio.Event()
    holder, waiter = (asyncio.ensure_future(take(turns, end, [], number)) for number in range(2))
    await asyncio.sleep(0)
    for task in (waiter, holder):
        task.cancel()
    await asyncio.gather(holder, waiter, return_exceptions=True)
    with pytest.raises(KeyError):
        async with turns.turn():
            raise KeyError
    end.set()
    await take(turns, end, [], 2)

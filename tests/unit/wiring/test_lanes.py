"""Threads that keep their connection to the database: as many as are needed at once, and no longer than for a while."""

import asyncio
import threading

import pytest
from asgiref.sync import sync_to_async
from django.db import connection

from pingpilot.wiring.lanes import Lanes

pytestmark = pytest.mark.usefixtures("db")


def look() -> tuple[threading.Thread, object]:
    """Ask the database, and return who asked over which connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return threading.current_thread(), connection.connection


async def seen(lanes: Lanes) -> tuple[threading.Thread, object]:
    async with lanes.lane():
        return await sync_to_async(look)()


async def test_requests_one_after_the_other_share_a_connection():
    lanes = Lanes()
    assert await seen(lanes) == await seen(lanes)
    lanes.close()


async def test_requests_at_once_have_one_each_and_the_next_one_has_no_third():
    lanes = Lanes()
    async with lanes.lane():
        mine = await sync_to_async(look)()
        other = await seen(lanes)
    assert mine[0] is not other[0]
    assert mine[1] is not other[1]
    assert await seen(lanes) in (mine, other)
    lanes.close()


async def test_a_connection_that_nobody_needs_is_closed():
    lanes = Lanes(kept_s=0)
    thread, known = await seen(lanes)
    await asyncio.to_thread(thread.join, 10)
    assert not thread.is_alive()
    assert (await seen(lanes))[1] is not known
    lanes.close()

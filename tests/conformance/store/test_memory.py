"""What processes remember together, on both databases."""

import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.test import override_settings

from pingpilot.accounts.shared_cache import SharedCache
from pingpilot.store import memory
from pingpilot.store.models import Remembered
from tests.conformance.store.house import NOW
from tests.unit.manage.sample import Clock, Pipeline, make_services

SOON = NOW + timedelta(minutes=1)


def test_something_is_remembered_until_it_expires(db):
    assert memory.get("k", NOW) is None
    memory.put("k", "1", SOON)
    assert memory.get("k", NOW) == "1"
    assert memory.get("k", SOON) is None


def test_only_the_first_of_two_is_remembered_while_it_lives(db):
    assert memory.add("k", "1", SOON, NOW)
    assert not memory.add("k", "2", SOON, NOW)
    assert memory.get("k", NOW) == "1"
    assert memory.add("k", "3", SOON + timedelta(minutes=1), SOON)
    assert memory.get("k", SOON) == "3"


def test_of_many_at_the_same_moment_one_is_first(db):
    together, told = threading.Barrier(8), []

    def add():
        together.wait()
        told.append(memory.add("k", "1", SOON, NOW))
        connections.close_all()

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [False] * 7 + [True]


def test_what_expired_is_taken_away(db):
    memory.put("old", "1", NOW)
    memory.add("new", "1", SOON, NOW)
    assert list(Remembered.objects.values_list("key", flat=True)) == ["new"]


@pytest.fixture
def clock(db):
    clock = Clock()
    with override_settings(PINGPILOT=make_services(clock, Pipeline())):
        yield clock


def test_the_cache_keeps_json_under_keys_that_say_nothing(clock):
    cache = SharedCache("", {})
    cache.set("ip:203.0.113.7", [1.5, 2.5], 60)
    assert cache.get("ip:203.0.113.7") == [1.5, 2.5]
    assert "203" not in Remembered.objects.get().key
    assert not cache.add("ip:203.0.113.7", value=True, timeout=60)
    clock.advance(minutes=1)
    assert cache.get("ip:203.0.113.7", "gone") == "gone"


def test_the_cache_forgets_when_told(clock):
    cache = SharedCache("", {})
    cache.set("a", 1, None)
    assert cache.touch("a", 60)
    assert cache.delete("a")
    assert not cache.delete("a")
    assert not cache.touch("a", 60)
    cache.set("b", 2)
    cache.clear()
    assert cache.get("b") is None

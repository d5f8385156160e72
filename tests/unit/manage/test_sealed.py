"""What is sealed in the store, counted by its secret and sealed anew, batch by batch."""

import os
from datetime import timedelta

import pytest

from pingpilot.domain.key import matches
from pingpilot.manage import destinations, door_secrets, keys, sealed
from pingpilot.manage.audit import NOBODY
from pingpilot.security.sealing import Box, key_id
from pingpilot.store.models import Destination, Key, Session

OLD, NEW = b"s" * 32, b"n" * 32
OLD_ID, NEW_ID = key_id(OLD).hex(), key_id(NEW).hex()


@pytest.fixture
def shelves(services, workspace, clock):
    """Two keys, two destinations, one of them removed, a service's secret, and a session."""
    door_secrets.share(services, workspace, "github", "shared", NOBODY)
    keys.create(services, workspace, keys.Draft("a", ("manage",)), NOBODY)
    for _ in range(2):
        draft = destinations.Draft("webhook", {"url": "https://hooks.example/in"}, is_verified=True)
        last = destinations.add(services, workspace, draft).destination
    destinations.remove(services, last, NOBODY)
    data = services.box.seal(b"{}", "session")
    Session.objects.create(digest=b"d" * 32, data=data, created_at=clock.now, expires_at=clock.now + timedelta(days=1))
    return sealed.shelves()


def census(shelves):
    return [sealed.counts(shelf.column, shelf.rows) for shelf in shelves]


def test_all_of_it_is_sealed_anew_and_opens_under_the_new_secret_alone(services, shelves):
    assert census(shelves) == [{OLD_ID: 1}, {OLD_ID: 2}, {OLD_ID: 1}]
    done = [sealed.reseal(Box(NEW, os.urandom, OLD), shelf, size=1) for shelf in shelves]
    assert [(one.anew, one.lost) for one in done] == [(1, 0), (2, 0), (1, 0)]
    assert census(shelves) == [{NEW_ID: 1}, {NEW_ID: 2}, {NEW_ID: 1}]
    new = Box(NEW, os.urandom)
    for key in Key.objects.all():
        assert key.sealed is not None
        assert matches(new.unseal(bytes(key.sealed), f"key:{key.id}").decode(), bytes(key.digest))
    row = Destination.objects.get(removed_at=None)
    assert b"hooks.example" in new.unseal(bytes(row.sealed), f"destination:{row.pk}")


def test_a_second_time_changes_nothing(services, shelves):
    box = Box(NEW, os.urandom, OLD)
    for shelf in shelves:
        sealed.reseal(box, shelf)
    before = list(Key.objects.order_by("pk").values_list("sealed", flat=True))
    assert [sealed.reseal(box, shelf).anew for shelf in shelves] == [0, 0, 0]
    assert list(Key.objects.order_by("pk").values_list("sealed", flat=True)) == before


def test_sessions_of_the_old_secret_end_and_others_stay(services, shelves):
    assert sealed.counts_of_sessions() == {OLD_ID: 1}
    assert sealed.end_sessions(Box(OLD, os.urandom)) == 0
    assert sealed.end_sessions(Box(NEW, os.urandom, OLD)) == 1

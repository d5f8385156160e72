"""Nothing accepted is lost: the plug is pulled, or the service is asked to stop, under load."""

import os
import random
import signal
import time
from collections import Counter

import pytest

from tests.e2e.crowd import Crowd, reporting
from tests.lab.processes import children_of
from tests.servers.hook import Hook
from tests.servers.ports import wait_until
from tests.servers.service import Service, Workspace

SALE = {"category": "sale"}
LEASE_S = 60
"""On PostgreSQL other workers may be alive, so the lease of a dead one has to run out first."""


def opened(service: Service, hook: Hook, destinations: int = 1) -> Workspace:
    """Make a workspace with webhooks that all lead to the hook."""
    workspace = service.workspace()
    service.category(workspace)
    for number in range(destinations):
        service.destination(workspace, "webhook", f"url={hook.url}/{number}")
    return workspace


def states(service: Service) -> Counter[str]:
    return Counter(row[0] for row in service.rows("SELECT state FROM store_delivery"))


def is_all_delivered(service: Service) -> bool:
    return set(states(service)) == {"DELIVERED"}


def writers_of(service: Service) -> list[int]:
    """Return the processes that the service has started and that are not dead."""
    assert service.process is not None
    return children_of(service.process.pid)


def stored_ids(service: Service) -> dict[str, str]:
    """Return the ids of all stored events by their description."""
    rows = service.rows("SELECT description, id FROM store_event")
    assert len({row[0] for row in rows}) == len(rows), "an event is stored twice"
    return {row[0]: str(row[1]).replace("-", "") for row in rows}


def nothing_is_lost(service: Service, crowd: Crowd, destinations: int) -> dict[str, str]:
    """Assert that every event answered is stored, that each stored has its deliveries, and that the quota fits."""
    stored = stored_ids(service)
    assert crowd.answered.items() <= stored.items()
    counts = service.rows(
        "SELECT e.id, count(d.id) FROM store_event e LEFT JOIN store_delivery d ON d.event_id = e.id GROUP BY e.id"
    )
    assert {row[1] for row in counts} == {destinations}
    assert service.rows("SELECT used FROM store_quota") == [(len(stored),)]
    return stored


def tallied(service: Service) -> int:
    """Return how many events are in the statistics' tallies, by days and by slots alike."""
    sums = "SELECT t.slots, SUM(t.events) FROM store_tally t JOIN store_series s ON s.id = t.series_id"
    found = {int(row[1]) for row in service.rows(f"{sums} WHERE s.name = '' GROUP BY t.slots")}
    assert len(found) <= 1
    return found.pop() if found else 0


def test_what_was_accepted_before_a_kill_is_delivered_after_the_next_start(installation: Service, hook: Hook):
    workspace = opened(installation.start("--no-worker"), hook)
    event = installation.post(workspace.key, SALE).json["eventId"]
    installation.kill()
    assert hook.requests == []
    installation.start()
    (received,) = hook.wait_for(1)
    assert received.json["data"]["eventId"] == event
    wait_until(lambda: is_all_delivered(installation), "the delivery is settled")


@pytest.mark.timeout(150)
def test_what_was_being_delivered_at_a_kill_is_delivered_again_under_the_same_id(installation: Service, hook: Hook):
    workspace = opened(installation.start(), hook)
    hook.gate.clear()
    installation.post(workspace.key, SALE)
    hook.wait_for(1)
    installation.kill()
    hook.gate.set()
    installation.start()
    first, second = hook.wait_for(2, timeout_s=LEASE_S + 20)[:2]
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    wait_until(lambda: is_all_delivered(installation), "the delivery is settled")
    assert [bool(row[0]) for row in installation.rows("SELECT is_maybe_repeat FROM store_delivery")] == [True]


@pytest.mark.timeout(240)
def test_20_kills_under_load_lose_nothing(installation: Service, hook: Hook):
    chance = random.Random(20)
    workspace = opened(installation.start(), hook, destinations=2)
    with reporting(installation, workspace.key) as crowd:
        for _ in range(20):
            crowd.wait_for(chance.randint(1, 200))
            installation.kill()
            installation.start()
    stored = nothing_is_lost(installation, crowd, destinations=2)
    wait_until(lambda: is_all_delivered(installation), "everything is delivered", LEASE_S + 30, every_s=0.2)
    expected = {(f"/hook/{number}", event) for event in stored.values() for number in range(2)}
    assert {(one.path, one.json["data"]["eventId"]) for one in hook.requests} == expected
    assert set(crowd.refused) <= {503}
    wait_until(lambda: tallied(installation) >= len(stored), "everything is tallied", 20, every_s=0.2)
    assert tallied(installation) == len(stored)


@pytest.mark.timeout(150)
def test_a_writer_that_is_killed_under_load_is_replaced_and_nothing_is_lost(installation: Service, hook: Hook):
    workspace = opened(installation.start(), hook)
    with reporting(installation, workspace.key) as crowd:
        for _ in range(3):
            crowd.wait_for(100)
            (writer,) = writers_of(installation)
            os.kill(writer, signal.SIGKILL)
            wait_until(lambda: writers_of(installation) not in ([], [writer]), "another writer is started")  # noqa: B023
        crowd.wait_for(100)
    nothing_is_lost(installation, crowd, destinations=1)
    assert set(crowd.refused) <= {503}
    assert installation.stop() == 0
    installation.start()
    wait_until(lambda: is_all_delivered(installation), "everything is delivered", LEASE_S + 20)


@pytest.mark.timeout(150)
def test_a_stop_under_load_ends_in_order(installation: Service, hook: Hook):
    workspace = opened(installation.start(), hook)
    with reporting(installation, workspace.key) as crowd:
        crowd.wait_for(200)
        assert installation.process is not None
        begun = time.monotonic()
        installation.process.send_signal(signal.SIGTERM)
        assert installation.process.wait(30) == 0
        assert time.monotonic() - begun < 25
    nothing_is_lost(installation, crowd, destinations=1)
    assert "SENDING" not in states(installation)
    assert "Traceback" not in installation.log
    installation.start()
    wait_until(lambda: is_all_delivered(installation), "the rest is delivered after the next start", LEASE_S + 20)


@pytest.mark.timeout(150)
def test_a_stop_waits_for_a_slow_receiver_no_longer_than_it_may(installation: Service, hook: Hook):
    workspace = opened(installation.start(), hook)
    hook.gate.clear()
    installation.post(workspace.key, SALE)
    hook.wait_for(1)
    begun = time.monotonic()
    assert installation.stop(30) == 0
    assert time.monotonic() - begun < 25
    hook.gate.set()
    installation.start()
    wait_until(lambda: is_all_delivered(installation), "the delivery is made after the next start", LEASE_S + 20)

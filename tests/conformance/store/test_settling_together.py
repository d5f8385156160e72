"""Two workers settle at the same moment what belongs together: one event, or one destination."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any

import pytest
from django.db import connection, transaction

from pingpilot.domain.delivery import DeliveryState
from pingpilot.store import settlements
from pingpilot.store.models import Destination, Event, Quota
from pingpilot.store.settlements import Health, Settle
from pingpilot.store.sql import is_sqlite
from tests.conformance.store.house import House
from tests.conformance.store.test_deliveries import accepted, apply, claimed, settled

DELIVERED, DEAD, PENDING = DeliveryState.DELIVERED, DeliveryState.DEAD, DeliveryState.PENDING
WAITS_WITHIN_S = 30


@contextmanager
def beside(work: Callable[[], Any]) -> Iterator[Callable[[], None]]:
    """Run the block in one transaction; what it gets lets another connection work until that one is done or waits."""
    begun: list[Future[None]] = []

    def run() -> None:
        with closing(connection):
            work()

    with ThreadPoolExecutor(1) as pool:

        def let() -> None:
            begun.append(pool.submit(run))
            _until_it_waits(begun[0])

        with transaction.atomic():
            yield let
        begun[0].result(timeout=WAITS_WITHIN_S)


def _until_it_waits(other: "Future[None]") -> None:
    """Return once the other connection is done, or waits for this one; on SQLite it can only wait."""
    while not is_sqlite() and not other.done():
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return


def settling(*units: Settle) -> Callable[[], Any]:
    return lambda: apply(settlements.settle, *units)


@pytest.mark.parametrize(("state", "status", "used"), [(DELIVERED, "DELIVERED", 1), (DEAD, "FAILED", 0)])
def test_the_last_two_deliveries_of_an_event_close_it(house: House, state: DeliveryState, status: str, used: int):
    mine, yours = [
        settled(claimed(delivery), state, Health.UNTOUCHED) for delivery in accepted(house, routes=house.routes[:2])
    ]
    with beside(settling(yours)) as let:
        settling(mine)()
        let()
    assert (Event.objects.get().status, Quota.objects.get().used) == (status, used)


def test_what_two_workers_learn_of_the_same_destinations_comes_together(house: House):
    """One finds the first well and the second ailing, the other the reverse: neither holds what the other wants."""
    mine, yours = [[claimed(one) for one in accepted(house, routes=house.routes[:2])] for _ in range(2)]
    with beside(settling(settled(yours[0], PENDING, Health.AILING), settled(yours[1], DELIVERED))) as let:
        settling(settled(mine[0], DELIVERED))()
        let()
        settling(settled(mine[1], PENDING, Health.AILING))()
    assert Destination.objects.filter(last_success_at__isnull=False, last_error_at__isnull=False).count() == 2

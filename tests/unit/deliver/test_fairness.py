"""However much one workspace has waiting, and however slow its addresses are, another's goes within a second."""

import asyncio
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from pingpilot.domain.ids import DeliveryId, DestinationId, WorkspaceId
from pingpilot.domain.outcome import Delivered, Outcome
from pingpilot.domain.routing import Route
from pingpilot.queue.lanes import SHARE_FIRST
from pingpilot.store.deliveries import Job
from tests.unit.deliver.sample import JOB
from tests.unit.deliver.swift import swiftly
from tests.unit.deliver.workbench import Attempts, Bench

WAITING = 100_000
PROBES = 5
SLOTS = 64
"""The default of PINGPILOT_WORKER_CONCURRENCY."""
GREEDY, MODEST = WorkspaceId(1), WorkspaceId(2)
AT_MOST_S = 1.0
"""Source: the issue of delivery, "never delay another's by more than a second"."""


class Slow(Attempts):
    """Each attempt takes as long as told; notes when those of the modest workspace began, and how many were busy."""

    def __init__(self, takes_s: float) -> None:
        super().__init__()
        self.takes_s = takes_s
        self.began_at: list[float] = []
        self.busy_on: dict[DestinationId, int] = {}
        self.most_on_one = 0

    def has_begun(self, count: int) -> bool:
        return len(self.began_at) >= count

    async def attempt(self, job: Job) -> Outcome:
        if job.workspace == MODEST:
            self.began_at.append(asyncio.get_running_loop().time())
            return Delivered()
        self.busy_on[job.destination] = self.busy_on.get(job.destination, 0) + 1
        self.most_on_one = max(self.most_on_one, self.busy_on[job.destination])
        await asyncio.sleep(self.takes_s)
        self.busy_on[job.destination] -= 1
        return Delivered()


class Shelf(dict[DeliveryId, Job]):
    """Has every delivery of the crowd, and makes it when it is taken."""

    def __init__(self, addresses: int) -> None:
        super().__init__()
        self.routes = [Route(DestinationId(number), "webhook", GREEDY) for number in range(addresses)]
        self.crowd = [DeliveryId(f"{number:032x}") for number in range(WAITING)]

    def pop(self, delivery: DeliveryId, default: object = None) -> Any:
        if delivery in self:
            return super().pop(delivery)
        return job(delivery, self.routes[int(delivery, 16) % len(self.routes)])


def job(delivery: DeliveryId, way: Route) -> Job:
    return replace(JOB, delivery=delivery, destination=way.destination, workspace=way.workspace)


@pytest.mark.parametrize("takes_s", [0.2, 2.0, 30.0])
@pytest.mark.parametrize("addresses", [1, 200])
def test_a_hundred_thousand_deliveries_of_one_workspace_delay_no_other(takes_s: float, addresses: int):
    async def run() -> tuple[list[float], int]:
        bench, shelf = Bench(concurrency=SLOTS), Shelf(addresses)
        slow = Slow(takes_s)
        bench.attempts.attempt = slow.attempt  # type: ignore[method-assign]  # in its place
        bench.store.free = shelf
        bench.broker.announce([shelf.routes[number % addresses] for number in range(WAITING)], shelf.crowd)
        waits = []
        for number in range(PROBES):
            await asyncio.sleep(1.7)
            mine = job(DeliveryId(f"{WAITING + number:032x}"), Route(DestinationId(1_000 + number), "ntfy", MODEST))
            shelf[mine.delivery] = mine
            asked_at = asyncio.get_running_loop().time()
            bench.announce(mine)
            await bench.until(partial(slow.has_begun, number + 1))
            waits.append(slow.began_at[-1] - asked_at)
        bench.running.cancel()
        await asyncio.gather(bench.running, return_exceptions=True)
        for task in bench.worker._tasks:
            task.cancel()
        return waits, slow.most_on_one

    waits, most_on_one = swiftly(run())
    assert len(waits) == PROBES
    assert max(waits) <= AT_MOST_S
    if takes_s > 1:
        assert most_on_one <= SHARE_FIRST, "a slow address holds its share and no more"

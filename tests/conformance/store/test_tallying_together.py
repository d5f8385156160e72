"""Events come and go while several processes tally them: in the end the tallies are right."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db import connection

from pingpilot.domain.ids import EventId, id_at
from pingpilot.store import tallying
from pingpilot.store.commit import Committer
from pingpilot.store.erasing import erase
from pingpilot.store.models import Event
from pingpilot.store.statistics import statistics
from tests.conformance.store.direct import direct
from tests.conformance.store.house import NOW, House
from tests.conformance.store.shelf import put, report, tally_all

ROUNDS = 12
RANGE = (NOW - timedelta(days=3), NOW + timedelta(days=1))


def report_some(house: House, chance: random.Random) -> None:
    for _ in range(ROUNDS):
        put(house, *[report(fields='{"n":1.5}', minutes_ago=chance.randrange(4_000)) for _ in range(20)])


def tally_some(_house: House, chance: random.Random) -> None:
    """As the chore does it, with batches that another thread may have been quicker with."""
    committer = Committer({tallying.TallyUp: tallying.tally_up})
    for _ in range(4 * ROUNDS):
        now = datetime.now(UTC)
        batch = tallying.next_batch(None, chance.randrange(1, 30), now, id_at(now - tallying.LATEST))
        if batch.unit is not None:
            (answer,) = committer.commit([batch.unit])
            assert answer in (True, False)


def erase_some(house: House, chance: random.Random) -> None:
    for _ in range(ROUNDS):
        ids = [pk.hex for pk in Event.objects.filter(workspace=house.workspace).values_list("pk", flat=True)]
        erase([EventId(one) for one in chance.sample(ids, len(ids) // 8)])


def ask_often(house: House, _chance: random.Random) -> None:
    """What is asked in between is of one moment: nothing counts twice while it moves."""
    for _ in range(2 * ROUNDS):
        seen = statistics(house.workspace, None, *RANGE)
        assert seen.events == sum(seen.days.values()) == sum(seen.categories.values())
        assert [(one.events, one.total) for one in seen.sums] in ([], [(seen.events, Decimal("1.5") * seen.events)])


def test_the_tallies_are_right_whoever_does_what_at_the_same_time(house: House):
    works = [report_some, report_some, tally_some, tally_some, erase_some, ask_often]

    def do(number: int) -> None:
        try:
            works[number](house, random.Random(number))
        finally:
            connection.close()

    connection.close()
    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(do, number) for number in range(len(works))]:
            done.result(timeout=50)
    for _ in range(2):
        seen = statistics(house.workspace, None, *RANGE)
        assert seen == direct(house.workspace, None, *RANGE)
        assert seen.events
        tally_all()

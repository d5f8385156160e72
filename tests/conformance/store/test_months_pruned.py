"""Hot statements, and how many of many months they look at."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction

from pingpilot.domain.delivery import DeliveryState
from pingpilot.domain.ids import DeliveryId, EventId, id_at
from pingpilot.manage import events as receipts
from pingpilot.store import (
    backlog,
    deliveries,
    endings,
    erasing,
    filing,
    forgetting,
    leaving,
    months,
    replay,
    search,
    settlements,
    tallying,
)
from pingpilot.store.filters import Filter
from pingpilot.store.listing import page
from pingpilot.store.models import Delivery, TallyMark, Workspace
from pingpilot.store.sql import is_sqlite
from pingpilot.store.statistics import statistics
from tests.conformance.store.almanac import month, put_at
from tests.conformance.store.house import House
from tests.conformance.store.shelf import PATIENT, file_all, no_scans, plans, tally_all
from tests.conformance.store.test_deliveries import settled

MONTHS = 36
"""Of the longest history that is sold."""
SMALL = (
    "store_category",
    "store_destination",
    "store_series",
    "store_keeping",
    "store_tallymark",
    "store_tallied",
    "pg_",
)
"""Tables of which PostgreSQL may read all, and its own."""
_SCANNED = re.compile(r"on (store_(?:event|delivery|attempt)_\w+)")


@pytest.fixture
def years(house: House) -> tuple[House, str]:
    """Three years of months, with an event in the last but one."""
    if is_sqlite():
        pytest.skip("SQLite has no partitions; run with --postgresql")
    for number in range(1, MONTHS, 4):
        months.make_ahead(month(number))
    (event,) = put_at(house, month(MONTHS - 2), routes=house.routes)
    file_all()
    tally_all(after=timedelta(days=36 * 31))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return house, event


def looked_at(plan: list[str]) -> set[str]:
    """Return the parts that statements look at, whatever is left out while they run."""
    assert plan
    return {name.split("_", 2)[2] for line in plan for name in _SCANNED.findall(line) if "never executed" not in line}


def in_transaction(act: Callable[..., object], *units: object) -> object:
    with transaction.atomic(), connection.cursor() as cursor:
        return act(cursor, units)


def test_what_happens_to_an_event_looks_at_its_month_alone(years: tuple[House, str]):
    house, event = years
    own = f"{month(MONTHS - 2):%Y_%m}"
    ids = [DeliveryId(pk.hex) for pk in Delivery.objects.filter(event=UUID(hex=event)).values_list("pk", flat=True)]
    now = datetime.now(UTC)
    workspace = Workspace.objects.get(pk=house.workspace)

    def claimed() -> list[deliveries.Job]:
        unit = deliveries.Claim(ids, "w", now, now + timedelta(minutes=1))
        return [job for jobs in in_transaction(deliveries.claim, unit) for job in jobs if job]  # type: ignore[attr-defined]

    with plans() as plan:
        jobs = claimed()
    assert (len(jobs), looked_at(plan)) == (3, {own})
    with plans() as plan:
        in_transaction(settlements.settle, *(settled(job, DeliveryState.DEAD) for job in jobs))
    assert looked_at(plan) == {own}
    with plans() as plan:
        receipts.receipt(workspace, event)
    assert looked_at(plan) <= {own, "other"}
    with plans() as plan:
        endings.endings([EventId(event)], is_final=True)
    assert looked_at(plan) <= {own, "other"}
    with plans() as plan:
        assert replay.replay_event(EventId(event), house.destinations, now) == 3
    assert looked_at(plan) <= {own, "other"}
    with plans() as plan:
        assert erasing.erase([EventId(event)]) == 1
    assert looked_at(plan) <= {own, "other"}


def test_what_is_asked_of_all_months_stays_cheap(years: tuple[House, str]):
    house, _ = years
    now = month(MONTHS)
    due = backlog.ClaimDue(house.destinations, 10, "w", now, now + timedelta(minutes=1))
    with no_scans(SMALL):
        page(house.workspace, Filter(), None, 50, PATIENT)
        page(house.workspace, Filter(category="sale"), None, 50, PATIENT)
        page(house.workspace, Filter(start=month(MONTHS - 3), end=now), None, 50, PATIENT)
        search.page(house.workspace, "sale", Filter(), None, 50, PATIENT)
        statistics(house.workspace, None, month(MONTHS - 3), now)
        deliveries.due(now, house.destinations, 10)
        deliveries.routes_due(now)
        forgetting.workspaces_with_old(now)
        leaving.detach_next(now)
    with plans() as plan:
        assert in_transaction(backlog.claim_due, due) != [[]]
    assert not [line for line in plan if "Seq Scan on store_delivery" in line or "Seq Scan on store_event" in line]


def test_what_is_new_is_looked_for_among_the_new(years: tuple[House, str]):
    lately = id_at(month(MONTHS - 2, 1))
    TallyMark.objects.update(upto=lately, reached=lately)
    now = month(MONTHS - 2, 20)
    with plans() as plan:
        filing.waiting(lately, 100)
        tallying.next_batch(None, 100, now, None)
    old = {f"{month(number):%Y_%m}" for number in range(1, MONTHS - 2)}
    assert looked_at(plan)
    assert not looked_at(plan) & old

"""What people read costs what is shown, not what is stored."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pingpilot.manage import events, statistics
from pingpilot.manage.periods import Span
from pingpilot.store.models import Category, Delivery, Workspace
from tests.conformance.store.house import NOW, House
from tests.conformance.store.shelf import no_scans, plans, put, report, tally_all

SPAN = Span(NOW - timedelta(days=7), NOW + timedelta(hours=1))
HELPERS = ("SCAN v", "SCAN found", "store_tallymark")


@pytest.fixture
def event(house: House) -> str:
    """One of many, with deliveries and attempts."""
    put(house, *[report(minutes_ago=one, fields='{"n":1}') for one in range(30)])
    (one,) = put(house, report(), routes=house.routes)
    for delivery in Delivery.objects.all():
        delivery.tries.create(number=1, started_at=datetime.now(UTC), duration_ms=1, outcome="transient")
    tally_all()
    put(house, report())
    return one


def test_a_receipt_reads_its_own_rows_alone(house: House, event: str):
    workspace = Workspace.objects.get()
    with no_scans(allowed=("SCAN subquery",)):  # of the repeats that were counted
        receipt = events.receipt(workspace, event)
    assert [len(tries) for _, tries in receipt.deliveries] == [1, 1, 1]


def test_recent_events_are_read_from_an_index(house: House, event: str):
    workspace, category = Workspace.objects.get(), Category.objects.get()
    with no_scans():
        first = events.recent(workspace, None, None, 5)
        assert len(events.recent(workspace, None, first.cursor, 50).events) == 27
    with plans() as seen:
        assert len(events.recent(workspace, category, first.cursor, 50).events) == 27
    assert "event_by_category" in "\n".join(seen)
    assert "event_by_time" not in "\n".join(seen)


def test_cards_and_the_page_of_a_category_read_tallies(house: House, event: str):
    workspace, category = Workspace.objects.get(), Category.objects.get()
    with no_scans(HELPERS):
        (card,) = statistics.cards(workspace, NOW, ZoneInfo("Asia/Tokyo"))
        summary = statistics.summary(category, SPAN, ZoneInfo("Asia/Tokyo"))
        page = statistics.events_of(category, SPAN, 1, 50)
    assert (card.events, summary.events, len(page)) == (32, 32, 32)

"""What the benchmark grows is a past as the service would have left it."""

from datetime import timedelta

from django.db import connection

from pingpilot.domain.ids import WorkspaceId
from pingpilot.store import filing, search
from pingpilot.store.filters import Filter
from pingpilot.store.models import Event, Series, Tally, TallyMark, Workspace
from pingpilot.store.sql import is_sqlite
from pingpilot.store.statistics import statistics
from tests.bench.grow import grow
from tests.conformance.store.direct import direct
from tests.conformance.store.shelf import PATIENT, tally_all

Rows = set[tuple[object, ...]]


def grown(events: int) -> list[WorkspaceId]:
    given = connection.settings_dict
    url = f"postgresql://{given['USER']}@{given['HOST']}:{given['PORT']}/{given['NAME']}"
    name = str(given["NAME"]) if is_sqlite() else url
    connection.close()
    return [WorkspaceId(one.id) for one in grow(name, events, 3)]


def tallies() -> Rows:
    rows = Tally.objects.values_list("series__workspace", "series__name", "slots", "slot", "events", "fields")
    return {(*row[:5], *sorted(row[5].split("],"))) for row in rows}


def test_grown_events_are_counted_and_found(db: None):
    for workspace in [*grown(2_000), *grown(500)]:
        end = Event.objects.latest("occurred_at").occurred_at + timedelta(seconds=1)
        seen = statistics(workspace, None, end - timedelta(days=31), end)
        assert seen == direct(workspace, None, end - timedelta(days=31), end)
        assert seen.events in (666, 667, 166, 167)
        assert len(search.page(workspace, "order example", Filter(), None, 5, PATIENT).events) == 5
    assert filing.waiting(filing.START, 1) == []


def test_grown_tallies_are_those_that_the_service_makes(db: None):
    grown(2_000)
    made = tallies()
    Series.objects.all().delete()
    TallyMark.objects.update(upto=filing.START, reached=filing.START)
    tally_all()
    assert tallies() == made
    assert Workspace.objects.count() == 3

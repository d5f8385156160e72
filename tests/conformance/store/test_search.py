"""The full-text search: what is found, in which order, by whom, and what it costs."""

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pingpilot.domain.event import Purpose, Severity
from pingpilot.domain.ids import EventId, WorkspaceId
from pingpilot.store import filing, patience, search
from pingpilot.store.erasing import erase
from pingpilot.store.filters import Comparison, Filter
from pingpilot.store.models import Event, Workspace
from tests.conformance.store.house import House
from tests.conformance.store.shelf import PATIENT, file_all, no_scans, plans, put, report

ALL = Filter()


def found(house: House, text: str, wanted: Filter = ALL, limit: int = 100) -> list[str]:
    """Return all ids, page by page."""
    ids: list[str] = []
    cursor = None
    while True:
        page = search.page(house.workspace, text, wanted, cursor, limit, PATIENT)
        ids += page.events
        cursor = page.cursor
        if cursor is None:
            return ids


def count() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM store_search")
        row = cursor.fetchone()
    return int(row[0])


@pytest.mark.parametrize(
    "text",
    [
        "payment",
        "PAYMENT",
        "ada lovelace",
        "lovelace, Ada!",
        "zürich",
        "ZURICH",
        "bahnhofstrasse",
        "pro",
        "plan pro",
        "99.90",
        "42",
        "日本語",
        "example com",
        "“payment”",
    ],
)
def test_words_are_found_in_description_and_fields(house: House, text):
    fields = '{"plan":"PRO","amount":99.90,"customer no":42,"mail":"ada@example.com","city":"日本語"}'
    (one, _) = put(house, report("Payment of Ada Lovelace, Bahnhofstraße 1, Zürich", fields), report("Something else"))
    file_all()
    assert found(house, text) == [one]


@pytest.mark.parametrize("text", ["paym", "ayment", "payment refund", "elsewhere"])
def test_every_word_has_to_be_a_word_of_the_event(house: House, text):
    put(house, report("Payment"))
    file_all()
    assert found(house, text) == []


@pytest.mark.parametrize(
    "text", ["", " ", "…", '"', "'", "(", "*", ":", "#1", "NOT", "a AND", "NEAR(", "{x}:y", "-- x", "\\"]
)
def test_no_text_is_harmful(house: House, text):
    put(house, report("Payment"))
    file_all()
    assert found(house, text) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(text=st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=60))
def test_any_text_ends_in_a_list(house: House, text):
    assert search.page(house.workspace, text, Filter(), None, 10, PATIENT).cursor is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(text=st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=300))
def test_any_description_can_be_filed(house: House, text):
    put(house, report(text))
    assert file_all() == 1


def test_the_newest_come_first_page_by_page(house: House):
    ids = put(house, *[report("Payment", minutes_ago=one) for one in range(10)])
    file_all()
    assert found(house, "payment", limit=3) == ids
    assert found(house, "payment", Filter(severity=Severity.INFO), limit=3) == ids


def test_events_of_one_moment_are_all_found(house: House):
    ids = put(house, *[report("Payment") for _ in range(300)])
    file_all()
    assert sorted(found(house, "payment", limit=7)) == sorted(ids)


def test_a_filter_narrows_what_is_found(house: House, monkeypatch):
    monkeypatch.setattr(patience, "FIRST", 2)
    monkeypatch.setattr(patience, "LOOKED_AT_MAX", 5)
    ids = put(house, *[report("Payment", f'{{"n":{one}}}', minutes_ago=one) for one in range(20)])
    file_all()
    assert found(house, "payment", Filter(fields=(Comparison("n", "gte", "18"),)), 3) == ids[18:]


def test_a_workspace_finds_its_own_alone(house: House):
    put(house, report("Payment"))
    file_all()
    other = Workspace.objects.create(name="Other")
    assert search.page(WorkspaceId(other.pk), "payment", Filter(), None, 10, PATIENT).events == []
    assert found(house, f"payment {search.own_word(other.pk)}") == []


def test_proofs_are_never_findable(house: House):
    put(house, report("Payment"), purpose=Purpose.PROOF)
    assert file_all() == 0


def test_what_is_deleted_is_forgotten(house: House):
    ids = put(house, report("Payment"), report("Payment"))
    file_all()
    erase([EventId(ids[0])])
    assert found(house, "payment") == [ids[1]]
    assert count() == 1


def test_an_event_is_filed_once_however_often_it_is_tried(house: House):
    put(house, report("Payment"))
    pages = filing.waiting(filing.START, 10)
    for _ in range(2):
        with connection.cursor() as cursor:
            filing.file(cursor, [filing.File(pages, 1)])
    assert count() == 1
    assert filing.waiting(filing.START, 10) == []


def test_what_was_deleted_before_it_was_filed_is_left_out(house: House):
    put(house, report("Payment"))
    pages = filing.waiting(filing.START, 10)
    Event.objects.all().delete()
    with connection.cursor() as cursor:
        filing.file(cursor, [filing.File(pages, 1)])
    assert count() == 0


def test_filing_goes_on_where_it_stopped(house: House):
    assert filing.last_filed() == filing.START
    ids = put(house, *[report("Payment") for _ in range(3)])
    file_all()
    assert filing.last_filed() == ids[-1]
    assert filing.look_back(ids[-1]) < ids[0]
    assert filing.waiting(filing.look_back(ids[-1]), 10) == []


def test_no_search_reads_a_whole_table(house: House):
    put(house, *[report("Payment", f'{{"n":{one}}}', minutes_ago=one) for one in range(20)])
    file_all()
    narrow = Filter(category="sale", fields=(Comparison("n", "gt", "1"),))
    with plans() as seen:
        search.page(house.workspace, "payment", narrow, None, 10, PATIENT)
        search.page(house.workspace, "payment", ALL, None, 10, PATIENT)
    assert not [line for line in seen if "event_by_time" in line or "event_by_category" in line]
    with no_scans():
        search.page(house.workspace, "payment", ALL, None, 10, PATIENT)
        search.page(house.workspace, "payment", narrow, f"s{search.NUMBER_MAX}", 10, PATIENT)
        filing.waiting(filing.START, 10)
        filing.last_filed()

"""Categories: made, changed, deleted, and their page."""

from typing import TYPE_CHECKING, cast

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.test import AsyncClient
from django.utils.html import escape

from pingpilot.domain.category import COLOR_FORM, NAME_CHARS, NAME_MISSING
from pingpilot.manage import categories
from pingpilot.store.models import Category, Event
from tests.unit.console.shop import report, text_of

if TYPE_CHECKING:
    from django.http import StreamingHttpResponse

NEW = "/dashboard/new-category"
RIGHT = {"name": "sign-up", "color": "#4ECDC4", "emoji": "👤"}


def test_a_new_category_leads_to_its_page_which_listens(client, workspace):
    response = client.post(NEW, RIGHT, follow=True)
    html = text_of(response)
    assert response.redirect_chain[-1][0] == "/dashboard/category/sign-up"
    assert "Listening for events…" in html
    assert "&quot;category&quot;: &quot;sign-up&quot;" in html or '"category": "sign-up"' in html
    made = Category.objects.get(workspace=workspace)
    assert (made.color, made.emoji) == (0x4ECDC4, "👤")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, NAME_MISSING),
        ({"name": "New Sale"}, NAME_CHARS),
        ({"color": "own", "own_color": "red"}, COLOR_FORM),
        ({"own_emoji": "ab"}, "Invalid emoji"),
        ({"name": "sale"}, 'You already have a category named "sale"'),
    ],
)
def test_a_wrong_category_keeps_what_was_typed_and_says_what_is_right(client, stocked, changes, sentence):
    response = client.post(NEW, {**RIGHT, **changes})
    html = text_of(response)
    assert response.status_code == 422
    assert escape(sentence) in html
    assert f'value="{({**RIGHT, **changes})["name"]}"' in html


def test_an_own_colour_and_an_own_emoji_are_taken(client, workspace):
    client.post(NEW, {"name": "party", "color": "own", "own_color": "#abcdef", "emoji": "👤", "own_emoji": "🎈"})
    made = Category.objects.get(workspace=workspace)
    assert (made.color, made.emoji) == (0xABCDEF, "🎈")


def test_how_often_repeats_are_delivered_is_chosen(client, workspace, stocked):
    edit = "/dashboard/category/sale/edit"
    assert '<option value="600" selected>Once in 10 minutes</option>' in text_of(client.get(edit))
    client.post(edit, {**RIGHT, "name": "sale", "cooldown": "3600"})
    assert Category.objects.get(workspace=workspace).cooldown_s == 3_600
    Category.objects.update(cooldown_s=45)
    assert '<option value="45" selected>Once in 45 seconds</option>' in text_of(client.get(edit))
    client.post(edit, {**RIGHT, "name": "sale"})
    assert Category.objects.get(workspace=workspace).cooldown_s == 45
    wrong = client.post(edit, {**RIGHT, "name": "sale", "cooldown": "7"})
    assert (wrong.status_code, "Choose one of the times." in text_of(wrong)) == (422, True)
    client.post(edit, {**RIGHT, "name": "sale", "cooldown": "0"})
    assert Category.objects.get(workspace=workspace).cooldown_s == 0


def test_the_quick_start_set_is_one_click(client, workspace):
    client.post("/dashboard/quick-start")
    assert [one.name for one in categories.list_all(workspace)] == ["bug", "sale", "question"]
    assert "You have them all already." in text_of(client.post("/dashboard/quick-start", follow=True))


def test_a_full_plan_says_so(client, workspace):
    client.post("/dashboard/quick-start")
    html = text_of(client.post(NEW, RIGHT))
    assert "Category limit reached. Please upgrade your plan for more categories" in html


def test_a_category_is_renamed_and_stays_muted(client, workspace, stocked):
    Category.objects.update(is_muted=True)
    response = client.post("/dashboard/category/sale/edit", {**RIGHT, "name": "order"})
    assert response["Location"] == "/dashboard/category/order"
    assert Category.objects.get(workspace=workspace).is_muted


@pytest.mark.parametrize(("choice", "left"), [("keep", 1), ("delete", 0)])
def test_deleting_names_the_events_and_asks_what_becomes_of_them(client, stocked, choice, left):
    assert "1 event" in text_of(client.get("/dashboard/category/sale/delete"))
    client.post("/dashboard/category/sale/delete", {"events": choice})
    assert not Category.objects.exists()
    assert Event.objects.count() == left


def test_kept_events_are_shown_as_deleted(client, stocked):
    client.post("/dashboard/category/sale/delete", {"events": "keep"})
    assert "sale (deleted)" in text_of(client.get("/dashboard/events"))


def test_the_table_has_a_column_per_field_and_shows_zero_and_false(client, stocked):
    html = text_of(client.get("/dashboard/category/sale"))
    assert "&lt;b&gt;plan&lt;/b&gt;" in html
    for value in ("99.90", "PRO", "false", "0"):
        assert f'<span class="cut">{value}</span>' in html
    assert "Sum of amount" in html


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ({"q": "nothing"}, False),
        ({"field": "amount", "is": "gt", "value": "99"}, True),
        ({"field": "amount", "is": "gt", "value": "100"}, False),
        ({"field": "first", "value": "false"}, True),
        ({"status": "FAILED"}, False),
        ({"severity": "info", "sort": "amount", "order": "asc"}, True),
        ({"status": "nonsense", "severity": "x", "is": "x", "sort": "\x00", "from": "x"}, True),
    ],
)
def test_what_is_looked_for_is_found_and_stays_in_the_form(client, stocked, query, is_found):
    html = text_of(client.get("/dashboard/category/sale", query))
    assert (stocked.event_id in html) == is_found
    assert ("Nothing matches" in html) != is_found
    assert f'name="q" value="{query.get("q", "")}"' in html


def test_every_column_sorts_and_says_so(client, stocked):
    html = text_of(client.get("/dashboard/category/sale?sort=amount"))
    assert 'aria-sort="descending"' in html
    assert "sort=amount&amp;order=asc" in html
    assert 'aria-sort="ascending"' in text_of(client.get("/dashboard/category/sale?order=asc"))


def test_a_custom_range_is_told_and_kept(client, clock, stocked):
    query = {"range": "custom", "from": "2026-05-01", "to": "2026-05-20"}
    html = text_of(client.get("/dashboard/category/sale", query))
    assert "1 May – 20 May 2026" in html
    assert 'value="2026-05-20"' in html
    assert stocked.event_id in html
    before = text_of(client.get("/dashboard/category/sale", {**query, "to": "2026-05-02"}))
    assert "Nothing in this range" in before


@pytest.mark.parametrize(("chosen", "step"), [("today", "hour"), ("month", "day")])
def test_the_chart_reads_as_a_table(client, stocked, chosen, step):
    html = text_of(client.get("/dashboard/category/sale", {"range": chosen}))
    assert f"<caption>Events of sale per {step}</caption>" in html
    assert "<td>1</td>" in html


async def test_what_is_shown_can_be_taken_along(ada, stocked):
    await sync_to_async(connections.close_all)()  # this thread is older than the test's database
    browser = AsyncClient()
    await sync_to_async(browser.force_login)(ada)
    for query, lines in (("range=month", 2), ("range=month&status=FAILED", 1)):
        answer = cast("StreamingHttpResponse", await browser.get(f"/dashboard/category/sale/events.csv?{query}"))
        assert 'filename="sale-2026-05-01-2026-05-31.csv"' in answer["Content-Disposition"]
        assert b"".join([page async for page in answer]).count(b"\r\n") == lines


def test_a_range_without_events_says_so(client, clock, stocked):
    clock.advance(days=1)
    assert "Nothing in this range" in text_of(client.get("/dashboard/category/sale?range=today"))
    assert "99.90" in text_of(client.get("/dashboard/category/sale?range=month"))


def test_many_events_are_paged(client, services, stocked):
    for _ in range(60):
        report(services, stocked.category)
    assert "Page 1 of 2" in text_of(client.get("/dashboard/category/sale"))
    assert "Page 2 of 2" in text_of(client.get("/dashboard/category/sale?page=2"))


@pytest.mark.parametrize("wanted", ["0", "-1", "x", "99999999999999999999", "²"])
def test_a_page_that_is_none_is_harmless(client, stocked, wanted):
    assert client.get("/dashboard/category/sale", {"page": wanted, "range": wanted}).status_code == 200

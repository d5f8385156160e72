"""The start page, and the page of a fault."""

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string

from pingpilot.console.demo import demo_of
from pingpilot.domain.category import NAME_CHARS, NAME_MISSING
from pingpilot.store.models import Event
from tests.unit.console.shop import text_of


def test_the_prices_are_those_of_the_catalogue(nobody):
    html = text_of(nobody.get("/"))
    for shown in ("$0", "$29", "$96", "$49", "$159", "1,000 events a month", "100 categories", "3 years"):
        assert shown in html
    assert "Unlimited" not in html


def test_the_demo_is_drawn_by_the_code_that_draws_real_messages(nobody):
    html = text_of(nobody.get("/"))
    assert "💰 Sale" in html
    assert "96.00" in html
    assert "PingPilot Alert: 💰 Sale" in html


def test_what_a_visitor_types_is_shown_as_text_on_every_channel_and_stored_nowhere(nobody):
    query = {"category": "Order", "description": "<b>*bold*</b> @everyone", "name": ["n", ""], "value": ["1_000", "x"]}
    html = text_of(nobody.get("/demo", query))
    assert html.count("&lt;b&gt;*bold*&lt;/b&gt;") == 4
    assert html.count("💰 Order") == 4
    assert "<b>*" not in html
    assert "1_000" in html
    assert not Event.objects.exists()


def test_the_demo_says_what_a_call_would_be_refused_for(nobody):
    assert NAME_CHARS in text_of(nobody.get("/demo", {"category": "New Sale"}))
    assert NAME_MISSING in text_of(nobody.get("/demo", {"category": ""}))


@pytest.mark.parametrize(
    ("value", "literal"), [("9.50", "9.50"), ("true", "true"), ("1e5", '"1e5"'), ("01", '"01"'), ('"', '"\\""')]
)
def test_the_demos_fields_are_what_they_read_as(value, literal):
    query = QueryDict(mutable=True)
    query.setlist("name", ["n"])
    query.setlist("value", [value])
    assert demo_of(query).fields_json == f'{{"n": {literal}}}'


def test_the_demo_is_not_asked_for_without_end(nobody):
    statuses = {nobody.get("/demo").status_code for _ in range(121)}
    assert statuses == {200, 429}


def test_the_samples_call_this_instance(nobody):
    assert "https://pings.example/api/v1/event" in text_of(nobody.get("/"))


def test_a_member_is_led_to_the_dashboard(client):
    html = text_of(client.get("/"))
    assert "Open the dashboard" in html
    assert "/sign-up" not in html


def test_the_page_of_a_fault_needs_no_database_and_no_request():
    assert "That was our fault" in render_to_string("500.html")

"""The start page, and the page of a fault."""

from django.template.loader import render_to_string

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


def test_the_samples_call_this_instance(nobody):
    assert "https://pings.example/api/v1/event" in text_of(nobody.get("/"))


def test_a_member_is_led_to_the_dashboard(client):
    html = text_of(client.get("/"))
    assert "Open the dashboard" in html
    assert "/sign-up" not in html


def test_the_page_of_a_fault_needs_no_database_and_no_request():
    assert "That was our fault" in render_to_string("500.html")

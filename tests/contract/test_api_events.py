"""SPEC 5: lists of events, receipts and replays over a real socket."""

import re
import time
from urllib.parse import urlencode

import pytest

from tests.contract.rest import Rest, issues
from tests.contract.shop import Shop, is_refusal, open_shop
from tests.servers.hook import Hook
from tests.servers.ports import wait_until
from tests.servers.service import Service

SHOWN = {
    *("id", "category", "description", "fields", "severity", "url", "dedupeKey", "repeatOf"),
    *("status", "isTest", "isHeld"),
    *("occurredAt", "receivedAt"),
}


@pytest.fixture(scope="module")
def store(shared_service: Service) -> Shop:
    """A workspace with ten sales, numbered; the last ones are worth something."""
    shop = open_shop(shared_service, "events-store")
    for number in range(10):
        fields = f'{{"n":{number},"price":{number}.50,"plan":"{"PRO" if number % 2 else "FREE"}"}}'
        severity = "critical" if number == 3 else "info"
        body = f'{{"category":"sale","description":"Order {number}","fields":{fields},"severity":"{severity}"}}'
        assert shop.post(body.encode()).status == 200
    return shop


def numbers(store: Shop, **query: object) -> list[int]:
    """Return the numbers of the events on one page."""
    page = Rest(store.service, store.key).get(f"/events?{urlencode(query)}")
    return [event["fields"]["n"] for event in page["events"]]


def test_an_event_is_shown_as_it_was_sent(store: Shop):
    answer = Rest(store.service, store.key).call("GET", "/events?limit=1")
    (event,) = answer.json["events"]
    assert set(event) == SHOWN
    assert b'"fields":{"n":9,"price":9.50,"plan":"PRO"}' in answer.body
    assert (event["category"], event["description"], event["status"]) == ("sale", "Order 9", "DELIVERED")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event["receivedAt"])


def test_pages_follow_the_cursor_while_new_events_arrive(shared_service: Service):
    shop = open_shop(shared_service, "paging")
    for number in range(5):
        shop.post({"category": "sale", "fields": {"n": number}})
    rest = Rest(shop.service, shop.key)
    seen, cursor = [], ""
    for _ in range(3):
        page = rest.get(f"/events?limit=2{cursor}")
        seen += [event["fields"]["n"] for event in page["events"]]
        cursor = f"&cursor={page['nextCursor']}"
        shop.post({"category": "sale", "fields": {"n": 99}})
    assert seen == [4, 3, 2, 1, 0]
    assert page["nextCursor"] is None


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"limit": 3}, [9, 8, 7]),
        ({"category": "SALE", "limit": 1}, [9]),
        ({"category": "bug"}, []),
        ({"severity": "critical"}, [3]),
        ({"status": "FAILED"}, []),
        ({"status": "DELIVERED", "limit": 2}, [9, 8]),
        ({"to": "2020-01-01T00:00:00Z"}, []),
        ({"from": "2020-01-01T00:00:00+02:00", "limit": 1}, [9]),
        ({"field.n.gt": 6}, [9, 8, 7]),
        ({"field.n.gte": 6, "field.plan": "FREE"}, [8, 6]),
        ({"field.n.gt": 2, "field.n.lt": 5}, [4, 3]),
        ({"field.price": "9.5"}, [9]),
        ({"field.n.ne": 0, "field.n.lte": 1}, [1]),
        ({"field.nothing": 1}, []),
    ],
)
def test_filters_narrow_the_list(store: Shop, query, expected):
    assert numbers(store, **query) == expected


def test_words_are_found_a_moment_later(store: Shop):
    wait_until(lambda: numbers(store, q="order 7") == [7], "the event is findable")
    assert numbers(store, q="ORDER", limit=2) == [9, 8]
    assert numbers(store, q="order pro", **{"field.n.gt": 4}) == [9, 7, 5]
    assert numbers(store, q='"*( NOT') == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("limit=0", ("too_small", "limit")),
        ("limit=101", ("too_big", "limit")),
        ("limit=x", ("invalid_type", "limit")),
        ("status=LOST", ("invalid_enum_value", "status")),
        ("severity=bad", ("invalid_enum_value", "severity")),
        ("from=yesterday", ("invalid_date", "from")),
        ("to=2026-01-01T00:00:00", ("invalid_date", "to")),
        ("to=0001-01-01T00:00:00%2B23:00", ("invalid_date", "to")),
        ("cursor=x", ("invalid_string", "cursor")),
        ("cursor=s1", ("invalid_string", "cursor")),
        ("q=a&cursor=1-2", ("invalid_string", "cursor")),
        ("q=%00", ("invalid_string", "q")),
        ("field.x=%00", ("invalid_string", "field.x")),
        ("color=red", ("unrecognized_keys", "")),
        ("field.=1", ("unrecognized_keys", "")),
        ("&".join(f"field.{one}=1" for one in range(11)), ("too_big", "field")),
    ],
)
def test_a_wrong_parameter_is_said(store: Shop, query, expected):
    (issue,) = issues(Rest(store.service, store.key).call("GET", f"/events?{query}"))
    assert issue[:2] == expected


def test_a_receipt_tells_every_attempt(shared_service: Service, hook: Hook):
    shop = open_shop(shared_service, "receipts")
    destination = shared_service.destination(shop.workspace, "webhook", f"url={hook.url}")
    event_id = shop.post({"category": "sale"}).json["eventId"]
    rest = Rest(shop.service, shop.key)
    wait_until(lambda: rest.get(f"/events/{event_id}")["status"] == "DELIVERED", "delivered")
    receipt = rest.get(f"/events/{event_id}")
    (delivery,) = receipt["deliveries"]
    assert set(receipt) == SHOWN | {"deliveries", "repeats"}
    assert (delivery["destinationId"], delivery["channel"]) == (str(destination["destinationId"]), "webhook")
    assert (delivery["state"], delivery["nextAttemptAt"]) == ("DELIVERED", None)
    assert [(one["number"], one["outcome"]) for one in delivery["attempts"]] == [(1, "delivered")]


def test_an_event_is_sent_again_and_costs_nothing(shared_service: Service, hook: Hook):
    shop = open_shop(shared_service, "replays", "free")
    one, two = (shared_service.destination(shop.workspace, "webhook", f"url={hook.url}") for _ in range(2))
    del two
    event_id = shop.post({"category": "sale"}).json["eventId"]
    rest = Rest(shop.service, shop.key)
    wait_until(lambda: rest.get(f"/events/{event_id}")["status"] == "DELIVERED", "delivered")
    assert rest.post(f"/events/{event_id}/replay") == {"replayed": 2}
    wait_until(lambda: len(hook.requests) == 4, "sent again")
    wait_until(lambda: rest.get(f"/events/{event_id}")["status"] == "DELIVERED", "delivered again")
    chosen = str(one["destinationId"])
    assert rest.post(f"/events/{event_id}/replay", {"destinationId": chosen}) == {"replayed": 1}
    wait_until(lambda: len(hook.requests) == 5, "sent to one")
    assert shop.used() == 1
    missing = rest.call("POST", f"/events/{event_id}/replay", {"destinationId": "999999999"})
    assert is_refusal(missing, 404, "This workspace has no such destination", "not_found")


def test_everything_dead_is_sent_again(shared_service: Service, hook: Hook):
    shop = open_shop(shared_service, "dead")
    shared_service.destination(shop.workspace, "webhook", f"url={hook.url}")
    rest = Rest(shop.service, shop.key)
    hook.status = 400
    ids = [shop.post({"category": "sale"}).json["eventId"] for _ in range(3)]
    wait_until(lambda: all(rest.get(f"/events/{one}")["status"] == "FAILED" for one in ids), "all are dead")
    assert len(rest.get("/events?status=FAILED")["events"]) == 3
    hook.status = 200
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 60))
    assert rest.post("/deliveries/replay", {"since": later}) == {"replayed": 0, "hasMore": False}
    answer = rest.post("/deliveries/replay", {"since": "2026-01-01T00:00:00Z"})
    assert answer == {"replayed": 3, "hasMore": False}
    wait_until(lambda: all(rest.get(f"/events/{one}")["status"] == "DELIVERED" for one in ids), "all are delivered")


@pytest.mark.parametrize("event_id", ["0", "x", "f" * 32, "%00", "f" * 400])
def test_an_event_that_is_not_there_is_404(store: Shop, event_id):
    rest = Rest(store.service, store.key)
    assert is_refusal(rest.call("GET", f"/events/{event_id}"), 404, "There is no such event", "not_found")
    assert is_refusal(rest.call("POST", f"/events/{event_id}/replay"), 404, "There is no such event", "not_found")

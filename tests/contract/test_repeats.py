"""SPEC section 4, `dedupe_key`: repeats within the category's cooldown are counted, not delivered again."""

import json
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from tests.contract.rest import Rest, issues
from tests.contract.shop import Shop, open_shop
from tests.servers.hook import Hook
from tests.servers.ports import wait_until
from tests.servers.service import Service

DOWN = {"category": "sale", "dedupe_key": "db-down"}
_numbers = count()


@pytest.fixture
def wired(shared_service: Service, hook: Hook) -> Shop:
    """A workspace of its own, with one channel."""
    shop = open_shop(shared_service, f"repeats{next(_numbers)}")
    shop.service.destination(shop.workspace, "webhook", f"url={hook.url}")
    wait_until(lambda: "hint" not in shop.post({"category": "sale"}).json, "the channel is known")
    return shop


def rest(shop: Shop) -> Rest:
    return Rest(shop.service, shop.key)


def told(hook: Hook, ids: set[str]) -> list[str]:
    return [pk for call in hook.requests if (pk := call.json["data"]["eventId"]) in ids]


def test_a_repeat_is_stored_and_counted_and_not_delivered(wired: Shop, hook: Hook):
    first = wired.post(DOWN).json
    assert "repeatOf" not in first
    answer = wired.post({**DOWN, "severity": "critical"})
    repeat = {"message": "Event processed successfully", "code": "accepted", "repeatOf": first["eventId"]}
    assert (answer.status, {**answer.json, "eventId": ""}) == (200, {**repeat, "eventId": ""})
    other = wired.post({**DOWN, "dedupe_key": "disk-full"}).json
    wait_until(lambda: wired.event(other["eventId"], "status") == ("DELIVERED",), "the last one has gone")
    wait_until(lambda: wired.event(first["eventId"], "status") == ("DELIVERED",), "and the first one")
    ids = {first["eventId"], answer.json["eventId"], other["eventId"]}
    assert sorted(told(hook, ids)) == sorted({first["eventId"], other["eventId"]})
    receipt = rest(wired).get(f"/events/{answer.json['eventId']}")
    assert (receipt["status"], receipt["repeatOf"], receipt["deliveries"]) == ("DELIVERED", first["eventId"], [])
    assert rest(wired).get(f"/events/{first['eventId']}")["repeats"] == 1
    assert {one["id"] for one in rest(wired).get("/events")["events"]} >= ids


def test_of_many_at_one_moment_one_is_delivered(wired: Shop, hook: Hook):
    with ThreadPoolExecutor(20) as pool:
        answers = [one.json for one in pool.map(lambda _: wired.post(DOWN), range(60))]
    first = [one["eventId"] for one in answers if "repeatOf" not in one]
    assert len(first) == 1
    assert {one["repeatOf"] for one in answers if "repeatOf" in one} == {first[0]}
    assert rest(wired).get(f"/events/{first[0]}")["repeats"] == 59


def test_in_a_batch_each_result_says_so(wired: Shop):
    body = json.dumps([DOWN, {"category": "sale"}, DOWN]).encode()
    answer = wired.service.request("POST", "/api/v1/events", body, {"Authorization": f"Bearer {wired.key}"})
    first, other, repeat = answer.json["results"]
    assert ("repeatOf" in first, "repeatOf" in other) == (False, False)
    assert repeat == {"index": 2, "status": 200, "eventId": repeat["eventId"], "repeatOf": first["eventId"]}


def test_the_same_call_is_answered_the_same(wired: Shop):
    wired.post(DOWN)
    key = {"Idempotency-Key": "alarm-1"}
    answer, again = wired.post(DOWN, **key), wired.post(DOWN, **key)
    assert "repeatOf" in answer.json
    assert (again.json, again.headers["idempotency-replayed"]) == (answer.json, "true")


def test_who_waits_for_a_repeat_is_answered_at_once(wired: Shop):
    wired.post(DOWN)
    answer = wired.post(DOWN, Prefer="wait=20")
    assert (answer.status, answer.json["status"], answer.json["deliveries"]) == (200, "DELIVERED", [])
    assert "repeatOf" in answer.json


def test_a_category_has_its_own_cooldown(wired: Shop):
    api = rest(wired)
    assert api.get("/categories/sale")["cooldown"] == 600
    assert api.call("PATCH", "/categories/sale", {"cooldown": 0}).json["cooldown"] == 0
    wait_until(lambda: "repeatOf" not in [wired.post(DOWN), wired.post(DOWN)][1].json, "all are delivered")
    for wrong, code in ((-1, "too_small"), (86_401, "too_big"), ("10", "invalid_type"), (True, "invalid_type")):
        found = issues(api.call("PATCH", "/categories/sale", {"cooldown": wrong}))
        assert [(issue[0], issue[1]) for issue in found] == [(code, "cooldown")]
    made = api.post("/categories", {"name": "calm", "color": "#FFFFFF", "cooldown": 60}, 201)
    assert made["cooldown"] == 60

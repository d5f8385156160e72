"""Events beyond the quota of a workspace that holds them: 200, shown, and sent when the quota allows."""

from contextlib import ExitStack
from itertools import count

import pytest

from pingpilot.domain.quota import OverLimit
from tests.contract.rest import Rest
from tests.contract.shop import Shop, open_shop
from tests.servers.hook import Hook
from tests.servers.ports import wait_until
from tests.servers.raw import connected, request
from tests.servers.service import Answer, Service

BODY = {"category": "sale"}
HINT = "The month's quota is used up: this event is stored and shown, and goes to the channels when the quota allows it"
_numbers = count()


@pytest.fixture
def full(shared_service: Service) -> Shop:
    """A workspace of the plan FREE that holds events, with all 100 of this month used."""
    shop = open_shop(shared_service, f"full{next(_numbers)}", "free")
    shop.use(100)
    chosen = shared_service.json("workspaces", "over-limit", "hold", "--workspace", str(shop.workspace.id))
    assert chosen == {"workspaceId": shop.workspace.id, "overLimit": OverLimit.HOLD}
    wait_until(lambda: shop.post(b"{").headers["ratelimit-remaining"] == "0", "the service has seen it", 10)
    wait_until(lambda: shop.post(b"{").status == 400, "the service holds", 10)
    return shop


def reports(shop: Shop) -> int:
    """Return how many events were reported; that the quota is used up is told by one that was not."""
    statement = "SELECT count(*) FROM store_event WHERE workspace_id = ? AND purpose = 'report'"
    (row,) = shop.service.rows(statement, shop.workspace.id)
    return int(row[0])


def rest(shop: Shop) -> Rest:
    return Rest(shop.service, shop.key)


def is_held(answer: Answer) -> bool:
    event = answer.json["eventId"]
    told = {"message": "Event processed successfully", "code": "accepted", "eventId": event, "hint": HINT, "held": True}
    assert (answer.status, answer.json) == (200, told)
    assert (answer.headers["ratelimit-limit"], answer.headers["ratelimit-remaining"]) == ("100", "0")
    return True


def test_it_is_stored_and_shown_and_takes_nothing(full: Shop):
    answer = full.post(BODY)
    assert is_held(answer)
    receipt = rest(full).get(f"/events/{answer.json['eventId']}")
    assert (receipt["status"], receipt["isHeld"]) == ("PENDING", True)
    listed = rest(full).get("/events?category=sale")["events"]  # a notice that the quota is used up may stand beside it
    assert [event["id"] for event in listed] == [answer.json["eventId"]]
    assert full.used() == 100
    quota = rest(full).get("/quota")
    assert (quota["eventsUsed"], quota["eventsHeld"], quota["overLimit"]) == (100, 1, "hold")


def test_a_raised_plan_sends_what_waits_once_each(full: Shop, hook: Hook):
    full.service.destination(full.workspace, "webhook", f"url={hook.url}")
    wait_until(lambda: full.post(BODY).status == 200, "the channel is known")
    ids = [full.post(BODY).json["eventId"] for _ in range(5)]
    states = [one["state"] for one in rest(full).get(f"/events/{ids[0]}")["deliveries"]]
    assert states == ["HELD"]
    before = len(hook.requests)
    full.service.json("workspaces", "plan", str(full.workspace.id), "PRO")
    wait_until(lambda: all(full.event(pk, "status") == ("DELIVERED",) for pk in ids), "they have gone", 20)
    told = [call.json["data"]["eventId"] for call in hook.requests[before:]]
    assert sorted(pk for pk in told if pk in ids) == ids
    assert full.used() == 100 + reports(full)
    assert not rest(full).get(f"/events/{ids[0]}")["isHeld"]


def test_parallel_calls_around_the_limit_are_all_kept_and_exactly_counted(full: Shop):
    full.use(98)
    wait_until(lambda: full.post(b"{").headers["ratelimit-remaining"] == "2", "the service has seen it", 10)
    with ExitStack() as stack:
        lines = [stack.enter_context(connected(full.port)) for _ in range(50)]
        for line in lines:
            line.send(request(full.key, b'{"category":"sale"}'))
        answers = [line.answer() for line in lines]
    assert [answer.status for answer in answers] == [200] * 50
    assert sum("held" in answer.json for answer in answers) == 48
    assert (full.used(), reports(full)) == (100, 50)


def test_a_repeated_call_gets_the_same_answer(full: Shop):
    first, again = (full.post(BODY, **{"Idempotency-Key": "once"}) for _ in range(2))
    assert is_held(first)
    assert (again.json, again.headers["idempotency-replayed"]) == (first.json, "true")
    assert reports(full) == 1


def test_nobody_waits_for_what_is_held(full: Shop):
    assert is_held(full.post(BODY, Prefer="wait=20"))


def test_a_batch_says_of_each_event_whether_it_is_held(full: Shop):
    full.use(99)
    wait_until(lambda: full.post(b"{").headers["ratelimit-remaining"] == "1", "the service has seen it", 10)
    headers = {"Authorization": f"Bearer {full.key}"}
    answer = full.service.request("POST", "/api/v1/events", b'[{"category":"sale"},{"category":"sale"}]', headers)
    assert answer.status == 207
    assert [(one["status"], one.get("held", False)) for one in answer.json["results"]] == [(200, False), (200, True)]


def test_what_is_chosen_by_the_api_counts_at_once(full: Shop):
    assert rest(full).call("PATCH", "/quota", {"overLimit": "reject"}).json["eventsUsed"] == 100
    wait_until(lambda: full.post(BODY).status == 429, "the service refuses", 10)
    assert "overLimit" not in rest(full).get("/quota")
    assert rest(full).call("PATCH", "/quota", {"overLimit": "hold"}).json["overLimit"] == "hold"
    wait_until(lambda: full.post(BODY).status == 200, "the service holds", 10)
    assert rest(full).call("PATCH", "/quota", {"overLimit": "forget"}).status == 422

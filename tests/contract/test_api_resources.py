"""SPEC 5 to 8: categories, destinations, quota and statistics over a real socket."""

import pytest

from tests.contract.rest import Rest, issues
from tests.contract.shop import is_refusal, open_shop
from tests.servers.hook import Hook
from tests.servers.ports import wait_until
from tests.servers.service import Service

NAME_RULE = "Category name can only contain letters, numbers or hypens."
NO_DESTINATION = "This workspace has no such destination"


@pytest.fixture(scope="module")
def rest(shared_service: Service) -> Rest:
    """Calls of a workspace of its own."""
    return Rest(shared_service, open_shop(shared_service, "resources").key)


def test_a_category_lives_from_its_making_to_its_end(rest: Rest):
    made = rest.post("/categories", {"name": "Bug", "color": "#ff6b6b", "emoji": "👩‍💻", "isMuted": True}, 201)
    assert (made["name"], made["color"], made["emoji"], made["isMuted"]) == ("bug", "#FF6B6B", "👩‍💻", True)
    assert rest.get("/categories/BUG") == made
    assert made in rest.get("/categories")["categories"]
    answer = rest.call("PATCH", "/categories/bug", {"name": "defect", "emoji": ""})
    assert answer.json == {**made, "name": "defect", "emoji": ""}
    assert rest.call("PATCH", "/categories/defect", {}).json == {**made, "name": "defect", "emoji": ""}
    assert rest.call("DELETE", "/categories/defect").status == 204
    gone = rest.call("GET", "/categories/defect")
    assert is_refusal(gone, 404, 'You dont have a category named "defect"', "unknown_category")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [("too_small", "name", "Category name is required."), ("invalid_type", "color", "Color is required")]),
        ({"name": "New Sale", "color": "#FFFFFF"}, [("invalid_string", "name", NAME_RULE)]),
        ({"name": "user_signup", "color": "#FFF"}, [("invalid_string", "name", NAME_RULE)]),
        ({"name": "URGENT!!!", "color": "FF6B6B"}, [("invalid_string", "name", NAME_RULE)]),
        ({"name": "x" * 65, "color": "#FFFFFF"}, [("too_big", "name", "String must contain at most 64 character(s)")]),
        ({"name": "ok", "color": "rgb(255, 0, 0)"}, [("invalid_string", "color", "Invalid color format.")]),
        ({"name": "ok", "color": "#FFFFFF", "emoji": "💰💰"}, [("invalid_string", "emoji", "Invalid emoji")]),
        ({"name": 1, "color": None}, [("invalid_type", "name", "Expected string, received number")]),
        ({"name": "ok", "isMuted": "no"}, [("invalid_type", "isMuted", "Expected boolean, received string")]),
        ({"name": "ok", "color": "#FFFFFF", "z": 1}, [("unrecognized_keys", "", "Unrecognized key(s) in object: 'z'")]),
        ([], [("invalid_type", "", "Expected object, received array")]),
        ("x", [("invalid_type", "", "Expected object, received string")]),
    ],
)  # fmt: skip
def test_every_issue_of_a_category_is_said(rest: Rest, body, expected):
    found = issues(rest.call("POST", "/categories", body))
    assert set(expected) <= set(found)


def test_a_name_is_taken_once(rest: Rest):
    answer = rest.call("POST", "/categories", {"name": "SALE", "color": "#FFFFFF"})
    assert is_refusal(answer, 409, 'You already have a category named "sale"', "category_exists")


def test_the_plan_limits_categories(shared_service: Service):
    free = Rest(shared_service, open_shop(shared_service, "few-categories", "free").key)
    for name in ("one", "two"):
        free.post("/categories", {"name": name, "color": "#FFFFFF"}, 201)
    answer = free.call("POST", "/categories", {"name": "three", "color": "#FFFFFF"})
    sentence = "Category limit reached. Please upgrade your plan for more categories"
    assert is_refusal(answer, 403, sentence, "category_limit_reached")
    quota = free.get("/quota")
    assert quota.pop("resetDate").endswith("-01T00:00:00.000Z")
    assert quota == {"plan": "FREE", "categoriesUsed": 3, "categoriesLimit": 3, "eventsUsed": 0, "eventsLimit": 100}


@pytest.mark.parametrize(("keep", "left"), [("keep", 1), ("delete", 0)])
def test_the_events_of_a_deleted_category_are_kept_or_deleted(shared_service: Service, keep, left):
    shop = open_shop(shared_service, f"category-{keep}")
    rest = Rest(shop.service, shop.key)
    shop.post({"category": "sale"})
    assert issues(rest.call("DELETE", "/categories/sale?events=burn"))[0][:2] == ("invalid_enum_value", "events")
    assert rest.call("DELETE", f"/categories/sale?events={keep}").status == 204
    assert len(rest.get("/events?category=sale")["events"]) == left


def test_a_category_has_its_own_destinations(shared_service: Service, hook: Hook):
    shop = open_shop(shared_service, "routing")
    rest = Rest(shop.service, shop.key)
    one, _ = (shared_service.destination(shop.workspace, "webhook", f"url={hook.url}") for _ in range(2))
    own = str(one["destinationId"])
    assert rest.call("PATCH", "/categories/sale", {"destinationIds": [own]}).json["destinationIds"] == [own]
    event_id = shop.post({"category": "sale"}).json["eventId"]
    assert [d["destinationId"] for d in rest.get(f"/events/{event_id}")["deliveries"]] == [own]
    refused = rest.call("PATCH", "/categories/sale", {"color": "#000000", "destinationIds": ["99999999"]})
    assert is_refusal(refused, 404, NO_DESTINATION, "not_found")
    assert rest.get("/categories/sale")["color"] == "#FF6B6B"
    assert rest.call("PATCH", "/categories/sale", {"destinationIds": None}).json["destinationIds"] is None


def test_a_destination_is_proved_tested_switched_and_removed(shared_service: Service, hook: Hook):
    rest = Rest(shared_service, open_shop(shared_service, "destinations").key)
    body = {"channel": "webhook", "label": "Mine", "settings": {"url": hook.url}}
    made = rest.post("/destinations", body, 201)
    path = f"/destinations/{made['id']}"
    assert made["secrets"]["secret"].startswith("whsec_")
    wait_until(lambda: rest.get(path)["status"] == "active", "the test message proves it")
    assert "secret" not in str(rest.get(path))
    assert hook.url not in str(rest.get(path))
    assert rest.post(f"{path}/verify") == {"eventId": None, "link": None}
    tested = rest.post(f"{path}/test")
    wait_until(lambda: rest.get(f"/events/{tested['eventId']}")["status"] == "DELIVERED", "the test arrives")
    off = rest.call("PATCH", path, {"label": "Yours", "isEnabled": False}).json
    assert (off["label"], off["status"]) == ("Yours", "disabled")
    for deed in ("test", "verify"):
        sentence = "This destination is switched off. Switch it on first"
        assert is_refusal(rest.call("POST", f"{path}/{deed}"), 409, sentence, "channel_unavailable")
    assert rest.call("PATCH", path, {"isEnabled": True}).json["status"] == "active"
    assert rest.call("DELETE", path).status == 204
    assert is_refusal(rest.call("GET", path), 404, NO_DESTINATION, "not_found")
    assert rest.get("/destinations") == {"destinations": []}


def test_a_webhook_gets_a_new_secret_and_the_old_one_signs_too(rest: Rest):
    body = {"channel": "webhook", "settings": {"url": "http://127.0.0.1:9/"}}
    path = f"/destinations/{rest.post('/destinations', body, 201)['id']}"
    made = rest.post(f"{path}/rotate", {"overlap": "1h"})
    assert made["secret"].startswith("whsec_")
    assert made["oldSecretUntil"].endswith("Z")
    again = rest.post(f"{path}/rotate", {"overlap": "none"})
    assert again["secret"] != made["secret"]
    assert again["oldSecretUntil"] is None
    assert rest.post(f"{path}/rotate")["oldSecretUntil"] is not None
    assert issues(rest.call("POST", f"{path}/rotate", {"overlap": "2h"}))[0][1] == "overlap"
    rest.call("DELETE", path)


def test_a_link_that_proves_an_address_is_never_shown(shared_service: Service):
    """A mail with such a link cannot be sent here, so one is put where it would be."""
    shop = open_shop(shared_service, "proofs")
    rest = Rest(shop.service, shop.key)
    rest.post("/destinations", {"channel": "webhook", "settings": {"url": "http://127.0.0.1:9/"}}, 201)
    (row,) = shop.service.rows("SELECT id FROM store_event WHERE workspace_id = ?", shop.workspace.id)
    event_id = str(row[0]).replace("-", "")
    shop.service.rows("UPDATE store_event SET url = 'http://secret' WHERE workspace_id = ?", shop.workspace.id)
    assert rest.get("/events")["events"] == []
    assert rest.get(f"/events/{event_id}")["url"] is None
    assert is_refusal(rest.call("POST", f"/events/{event_id}/replay"), 404, "There is no such event", "not_found")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"channel": "pigeon"}, 409, "channel_unavailable"),
        ({"channel": "telegram"}, 409, "channel_unavailable"),
        ({"channel": "webhook"}, 422, "invalid_destination"),
        ({"channel": "webhook", "settings": {"url": "x", "more": "y"}}, 422, "invalid_destination"),
        ({"channel": "webhook", "settings": {"url": 1}}, 422, "invalid_request"),
        ({"channel": "webhook", "label": "\x00"}, 422, "invalid_request"),
        ({}, 422, "invalid_request"),
    ],
)
def test_a_wrong_destination_is_refused(rest: Rest, body, status, code):
    answer = rest.call("POST", "/destinations", body)
    assert (answer.status, answer.json["code"]) == (status, code)


@pytest.mark.parametrize("destination_id", ["0", "x", "9" * 30, "-1", "%00"])
def test_a_destination_that_is_not_there_is_404(rest: Rest, destination_id):
    for method, tail in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/test"), ("POST", "/verify")):
        answer = rest.call(method, f"/destinations/{destination_id}{tail}", {} if method == "PATCH" else None)
        assert (answer.status, answer.json["code"]) == (404, "not_found")


def test_statistics_count_and_sum_the_whole_range(shared_service: Service):
    shop = open_shop(shared_service, "statistics")
    shared_service.category(shop.workspace, "bug")
    for body in (
        b'{"category":"sale","fields":{"price":0.10,"plan":"PRO","ok":true}}',
        b'{"category":"sale","fields":{"price":0.20,"n":1}}',
        b'{"category":"bug","fields":{"price":"none"}}',
    ):
        shop.post(body)
    rest = Rest(shop.service, shop.key)
    shown = rest.get("/stats")
    assert shown["events"] == 3
    assert shown["byCategory"] == [{"category": "bug", "events": 1}, {"category": "sale", "events": 2}]
    assert shown["byStatus"] == {"PENDING": 0, "DELIVERED": 3, "FAILED": 0}
    assert [day["events"] for day in shown["byDay"]] == [3]
    assert shown["fields"] == [{"name": "price", "events": 2, "sum": 0.3}, {"name": "n", "events": 1, "sum": 1}]
    assert rest.get("/stats?category=bug")["events"] == 1
    assert rest.get("/stats?from=2020-01-01T00:00:00Z&to=2020-02-01T00:00:00Z")["events"] == 0


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "invalid_date"),
        ("from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z", "too_big"),
        ("from=x", "invalid_date"),
    ],
)
def test_a_wrong_range_is_said(rest: Rest, query, code):
    assert issues(rest.call("GET", f"/stats?{query}"))[0][:2] == (code, "from")

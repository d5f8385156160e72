"""SPEC section 5: many events in one call, each with a result of its own."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from tests.contract.shop import Shop, is_refusal, open_shop
from tests.servers.raw import connected
from tests.servers.service import Answer, Service

SALE = {"category": "sale"}
UNKNOWN = {"category": "unknown"}
LIMIT = 5 * 1024 * 1024


def post(shop: Shop, body: bytes, **headers: str) -> Answer:
    return shop.service.request("POST", "/api/v1/events", body, {"Authorization": f"Bearer {shop.key}", **headers})


def array(events: Sequence[object]) -> bytes:
    return json.dumps(events).encode()


def lines(events: Sequence[object]) -> bytes:
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def statuses(answer: Answer) -> list[int]:
    assert answer.status == 207, answer.body
    assert set(answer.json) <= {"message", "code", "results", "hint"}
    assert [one["index"] for one in answer.json["results"]] == list(range(len(answer.json["results"])))
    return [one["status"] for one in answer.json["results"]]


@pytest.mark.parametrize("form", [array, lines])
def test_each_event_gets_its_result_in_order(shop: Shop, form: Any):
    before = shop.count()
    events = [SALE, {}, UNKNOWN, {"category": "SALE", "x": 1, "severity": "fatal"}, {"category": "Sale"}, 5, None, []]
    answer = post(shop, form(events))
    assert statuses(answer) == [200, 422, 404, 422, 200, 422, 422, 422]
    results = answer.json["results"]
    single = [shop.post(event).json for event in events]
    for result, alone in zip(results, single, strict=True):
        if result["status"] == 200:
            assert shop.event(result["eventId"], "category_name") == ("sale",)
        else:
            assert {name: result[name] for name in result if name not in ("index", "status")} == alone
    assert shop.count() == before + 4


@pytest.mark.parametrize(
    "body",
    [
        b'{"category":"sale"}\n{"category":"sale"}',
        b'\r\n {"category":"sale"}\r\n\r\n\t{"category":"sale"} \r\n  \n',
        b' [ {"category":"sale"},\n{"category":"sale"}\n] ',
    ],
)
def test_spaces_and_blank_lines_count_for_nothing(shop: Shop, body: bytes):
    assert statuses(post(shop, body)) == [200, 200]


def test_a_line_that_is_no_json_harms_no_other(shop: Shop):
    answer = post(shop, b'{"category":"sale"}\n{"category":\n\xff\n{"category":"sale"}\xff\n{"category":"sale"}')
    assert statuses(answer) == [200, 400, 400, 400, 200]
    expected = {"message": "Invalid JSON request body", "code": "invalid_json", "index": 1, "status": 400}
    assert answer.json["results"][1] == expected


@pytest.mark.parametrize("body", [b'[{"category":"sale"},', b"[", b"[}", b'[{"category":"sale"}] x', b"[" * 100_000])
def test_an_array_that_is_no_json_is_refused_as_a_whole(shop: Shop, body: bytes):
    before = shop.count()
    assert is_refusal(post(shop, body), 400, "Invalid JSON request body", "invalid_json")
    assert shop.count() == before


@pytest.mark.parametrize(
    "body",
    [
        b'{"category":"sale"}',
        b' {"category":"sale"}\n',
        b'{\n"category":\n"sale"\n}',
        b"{}",
        b"{",
        b"",
        b" ",
        b"null",
        b'"x"',
        b'{"category":"unknown"}',
        b"\xff",
        b'{"category":"sale"}\xff',
        b'{"category":"sale"} x',
    ],
)
def test_a_single_object_is_taken_as_one_event(shop: Shop, body: bytes):
    alone, answer = shop.post(body), post(shop, body)
    assert answer.status == alone.status
    assert [set(one.json) - {"eventId"} for one in (alone, answer)] == [set(alone.json) - {"eventId"}] * 2
    assert answer.json["message"] == alone.json["message"]


def test_a_single_object_keeps_its_limit_and_its_preferences(shop: Shop):
    too_large = b'{"category":"sale","x":"' + b"x" * 65_536 + b'"}'
    message = "Request body too large (limit 65536 bytes)"
    assert is_refusal(post(shop, too_large), 413, message, "body_too_large")
    answer = post(shop, json.dumps(SALE).encode(), Prefer="wait=5")
    assert (answer.status, answer.json["status"]) == (200, "DELIVERED")


def test_an_event_of_a_batch_keeps_its_limit(shop: Shop):
    answer = post(shop, array([SALE, {"category": "sale", "x": "x" * 65_536}]))
    assert statuses(answer) == [200, 413]
    assert answer.json["results"][1]["message"] == "Request body too large (limit 65536 bytes)"


@pytest.mark.parametrize(("body", "code"), [(b"[]", "too_small"), (b" [ ] ", "too_small")])
def test_an_empty_batch(shop: Shop, body: bytes, code: str):
    answer = post(shop, body)
    assert answer.status == 422
    expected = {"code": code, "minimum": 1, "path": [], "message": "A batch must contain at least 1 event(s)"}
    assert answer.json["errors"] == [expected]


@pytest.mark.parametrize("form", [array, lines])
def test_a_thousand_events_and_no_more(shop: Shop, form: Any):
    before = shop.count()
    assert statuses(post(shop, form([SALE] * 1_000))) == [200] * 1_000
    assert shop.count() == before + 1_000
    answer = post(shop, form([SALE] * 1_001))
    assert answer.status == 422
    (issue,) = answer.json["errors"]
    assert (issue["code"], issue["message"]) == ("too_big", "A batch must contain at most 1000 event(s)")
    assert shop.count() == before + 1_000


@pytest.mark.parametrize("unit", [b"1,", b"\n", b" ", b"{}\n", b"[", b"\n{"])
def test_a_body_full_of_nothing_is_answered(shop: Shop, unit: bytes):
    for opening in (b"[", b"{"):
        body = opening + unit * ((LIMIT - 1) // len(unit))
        assert post(shop, body).status in (400, 413, 422)
    assert shop.post(SALE).status == 200


def test_a_body_over_5_mebibytes(shop: Shop):
    message = f"Request body too large (limit {LIMIT} bytes)"
    assert is_refusal(post(shop, b"[" + b" " * LIMIT), 413, message, "body_too_large")
    head = f"POST /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {shop.key}\r\n"
    with connected(shop.port) as raw:
        raw.send(f"{head}Content-Length: {LIMIT + 1}\r\n\r\n".encode())
        assert is_refusal(raw.answer(), 413, message, "body_too_large")
    assert statuses(post(shop, array([SALE]) + b" " * (LIMIT - len(array([SALE]))))) == [200]


def test_a_batch_without_a_valid_event_is_207_too(shop: Shop):
    assert statuses(post(shop, array([UNKNOWN, {}]))) == [404, 422]


def test_the_key_comes_first(shop: Shop):
    for body in (b"[]", b"[", array([SALE])):
        assert shop.service.request("POST", "/api/v1/events", body).status == 401


def test_the_quota_is_taken_in_order_and_exactly(shared_service: Service):
    shop = open_shop(shared_service, "wholesale", "free")
    assert shop.post(SALE).status == 200
    shop.use(98)
    answer = post(shop, array([SALE, UNKNOWN, SALE, SALE, {}]))
    assert statuses(answer) == [200, 404, 200, 429, 422]
    full = "Monthly quota reached. Please upgrade your plan for more events"
    assert answer.json["results"][3] == {"index": 3, "status": 429, "message": full, "code": "quota_reached"}
    assert answer.headers["ratelimit-remaining"] == "0"
    assert shop.used() == 100
    assert is_refusal(post(shop, array([SALE])), 429, full, "quota_reached")
    assert shop.used() == 100


def test_the_methods_of_other_calls_are_not_taken(shop: Shop):
    assert shop.service.request("PUT", "/api/v1/events", b"[]").status in (401, 405)

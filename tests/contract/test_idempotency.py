"""SPEC section 4: with an Idempotency-Key a call counts once, and its first answer is given again."""

from collections.abc import Sequence
from contextlib import ExitStack
from itertools import count
from typing import Any

import pytest

from tests.contract.shop import Shop, is_refusal, open_shop
from tests.servers.raw import connected, request
from tests.servers.service import Answer, Service

BODY = b'{"category":"sale","fields":{"amount":49.90}}'
REUSED = "This Idempotency-Key was used with another body in the last 24 hours. Use a new one for a new event"
LENGTH = "The header Idempotency-Key must have 1 to 255 characters"
_numbers = count()


@pytest.fixture
def key() -> str:
    """An idempotency key that no other test uses."""
    return f"key-{next(_numbers)}"


def post(shop: Shop, key: str, body: object = BODY) -> Answer:
    return shop.post(body, **{"Idempotency-Key": key})


def post_many(shop: Shop, key: str, body: bytes) -> Answer:
    headers = {"Authorization": f"Bearer {shop.key}", "Idempotency-Key": key}
    return shop.service.request("POST", "/api/v1/events", body, headers)


def is_replay(answer: Answer, first: Answer) -> bool:
    assert (answer.status, answer.body) == (first.status, first.body)
    assert answer.headers["idempotency-replayed"] == "true"
    assert answer.headers["content-type"] == "application/json"
    return "idempotency-replayed" not in first.headers


def is_reused(answer: Answer) -> bool:
    return is_refusal(answer, 422, REUSED, "idempotency_key_reused")


def test_the_same_call_gets_the_first_answer_byte_for_byte(shop: Shop, key: str):
    before = shop.count()
    first = post(shop, key)
    assert (first.status, set(first.json)) == (200, {"message", "code", "eventId", "hint"})
    assert all(is_replay(post(shop, key), first) for _ in range(3))
    assert shop.count() == before + 1


def test_another_body_is_refused_and_the_first_answer_stays(shop: Shop, key: str):
    first = post(shop, key)
    before = shop.count()
    for body in (BODY + b" ", b'{"category":"bug"}', b"{}", b"{", b""):
        assert is_reused(post(shop, key, body))
    assert is_replay(post(shop, key), first)
    assert shop.count() == before


@pytest.mark.parametrize("body", [b"{", b"{}", b'{"category":"unknown"}', b'{"category":"sale","x":1}', b" " * 70_000])
def test_a_refusal_is_not_recorded(shop: Shop, key: str, body: bytes):
    assert post(shop, key, body).status in (400, 404, 413, 422)
    assert "idempotency-replayed" not in post(shop, key, body).headers
    assert post(shop, key).status == 200


@pytest.mark.parametrize(("length", "code"), [(0, "too_small"), (256, "too_big")])
def test_a_key_of_a_wrong_length(shop: Shop, length: int, code: str):
    answer = post(shop, "k" * length)
    assert (answer.status, answer.json["code"]) == (422, "invalid_event")
    (issue,) = answer.json["errors"]
    assert (issue["code"], issue["path"], issue["message"]) == (code, ["Idempotency-Key"], LENGTH)


@pytest.mark.parametrize("key", ["x", "k" * 255, '"8e03978e-40d5"', "a b, c", "ключ".encode().decode("latin-1")])
def test_any_key_up_to_255_characters(shop: Shop, key: str):
    first = post(shop, key)
    assert first.status == 200
    assert is_replay(post(shop, key), first)


def test_keys_of_two_workspaces_are_strangers(shop: Shop, shared_service: Service, key: str):
    other = open_shop(shared_service, "stranger")
    first = post(shop, key)
    assert post(other, key).json["eventId"] != first.json["eventId"]
    assert is_replay(post(shop, key), first)


def together(shop: Shop, requests: Sequence[bytes]) -> list[Answer]:
    with ExitStack() as stack:
        lines = [stack.enter_context(connected(shop.port, 30)) for _ in requests]
        for line, content in zip(lines, requests, strict=True):
            line.send(content)
        return [line.answer() for line in lines]


def test_200_identical_calls_at_once_are_one_event(shop: Shop, key: str):
    before = shop.count()
    answers = together(shop, [request(shop.key, BODY, f"Idempotency-Key: {key}")] * 200)
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    assert [answer.headers.get("idempotency-replayed") for answer in answers].count("true") == 199
    assert shop.count() == before + 1


def test_different_bodies_at_once_are_one_event_and_refusals(shop: Shop, key: str):
    before = shop.count()
    bodies = [b'{"category":"sale","description":"%d"}' % number for number in range(50)]
    answers = together(shop, [request(shop.key, body, f"Idempotency-Key: {key}") for body in bodies])
    assert sorted(answer.status for answer in answers) == [200] + [422] * 49
    assert shop.count() == before + 1


def test_a_replay_takes_no_unit_and_comes_before_a_quota_used_up(shared_service: Service, key: str):
    shop = open_shop(shared_service, "thrifty", "free")
    shop.use(99)
    answers = together(shop, [request(shop.key, BODY, f"Idempotency-Key: {key}")] * 100)
    assert [answer.status for answer in answers] == [200] * 100
    assert shop.used() == 100
    assert shop.post(BODY).status == 429
    replay = post(shop, key)
    assert (replay.body, replay.headers["idempotency-replayed"]) == (answers[0].body, "true")
    assert replay.headers["ratelimit-remaining"] == "0"
    assert is_reused(post(shop, key, b"{}"))
    assert post(shop, "new").status == 429
    assert shop.used() == 100


def test_what_was_accepted_once_stays_so_when_its_category_is_gone(shared_service: Service, key: str):
    shop = open_shop(shared_service, "tidy")
    first = post(shop, key)
    shop.service.rows("UPDATE store_category SET name = 'other' WHERE workspace_id = ?", shop.workspace.id)
    shop.change("name = name")
    assert is_replay(post(shop, key), first)
    assert post(shop, "new").status == 404


def test_a_batch_counts_once_as_a_whole(shop: Shop, key: str):
    before = shop.count()
    body = b'[{"category":"sale"},{"category":"unknown"},{"category":"sale"}]'
    first = post_many(shop, key, body)
    assert [one["status"] for one in first.json["results"]] == [200, 404, 200]
    assert is_replay(post_many(shop, key, body), first)
    assert is_reused(post_many(shop, key, body + b" "))
    assert is_reused(post(shop, key))
    assert shop.count() == before + 2


def test_a_batch_without_a_valid_event_is_not_recorded(shop: Shop, key: str):
    body = b'[{"category":"unknown"}]'
    assert post_many(shop, key, body).status == 207
    assert "idempotency-replayed" not in post_many(shop, key, body).headers
    assert post(shop, key).status == 200
    assert is_reused(post_many(shop, key, body))


def test_the_first_answer_outlives_the_server(installation: Service, key: str):
    installation.start()
    shop = open_shop(installation, "lasting")
    first = post(shop, key)
    for end in (installation.kill, installation.stop):
        end()
        installation.start()
        assert is_replay(post(shop, key), first)
        assert is_reused(post(shop, key, b"{}"))
    assert shop.count() == 1


def test_after_24_hours_a_key_is_as_new(shop: Shop, key: str):
    def age(hours: str) -> None:
        rows: list[Any] = shop.service.rows("SELECT created_at FROM store_idempotencyrecord WHERE key = ?", key)
        assert len(rows) == 1
        shop.service.rows(f"UPDATE store_idempotencyrecord SET created_at = {hours} WHERE key = ?", key)

    is_postgresql = "PINGPILOT_DATABASE_URL" in shop.service.settings
    first = post(shop, key)
    age("now() - interval '23 hours'" if is_postgresql else "datetime('now', '-23 hours')")
    assert is_replay(post(shop, key), first)
    age("now() - interval '24 hours'" if is_postgresql else "datetime('now', '-24 hours')")
    second = post(shop, key, b'{"category":"sale"}')
    assert second.status == 200
    assert second.json["eventId"] != first.json["eventId"]

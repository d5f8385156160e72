"""SPEC section 3: what a key may do, how long, and what is remembered of its use."""

import time
from datetime import UTC, datetime

import pytest

from pingpilot.domain.ids import KeyId
from pingpilot.domain.key import compose, digest
from tests.contract.shop import Shop, is_refusal, open_shop
from tests.servers.ports import wait_until
from tests.servers.service import Answer, Service

BODY = {"category": "sale"}
MISSING = "This API key may not do that (needs scope events:write)"
FORGED = compose(KeyId("f" * 24), "F" * 32)


def new_key(shop: Shop, name: str, scopes: str, *categories: str) -> str:
    """Put a further key into the database, unseen by the service until its first use."""
    key_id = name.ljust(24, "0")
    key = compose(KeyId(key_id), "S" * 32)
    shop.service.rows(
        "INSERT INTO store_key (id, workspace_id, name, is_primary, digest, scopes, last_used_network, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, '', ?)",
        *(key_id, shop.workspace.id, name, False, digest(key), scopes, datetime.now(UTC).isoformat(" ")),
    )
    for category in categories:
        shop.service.rows(
            "INSERT INTO store_key_categories (key_id, category_id)"
            " SELECT ?, id FROM store_category WHERE name = ? AND workspace_id = ?",
            *(key_id, category, shop.workspace.id),
        )
    return key


def post_many(shop: Shop, key: str, body: bytes) -> Answer:
    return shop.service.request("POST", "/api/v1/events", body, {"Authorization": f"Bearer {key}"})


@pytest.fixture(scope="module")
def store(shared_service: Service) -> Shop:
    """A workspace with the categories ``sale`` and ``bug``."""
    shop = open_shop(shared_service, "store", "pro")
    shared_service.category(shop.workspace, "bug")
    return shop


@pytest.mark.parametrize(
    ("name", "scopes", "status"),
    [
        ("writes", "events:write", 200),
        ("all", "events:write events:read manage", 200),
        ("reads", "events:read", 403),
        ("manages", "manage", 403),
        ("nothing", "", 403),
        ("similar", "events:writes", 403),
    ],
)
def test_the_scope_decides(store: Shop, name: str, scopes: str, status: int):
    key = new_key(store, name, scopes)
    answers = [store.service.post(key, BODY), post_many(store, key, b'{"category":"sale"}')]
    if status == 403:
        answers += [store.service.post(key, b"{"), post_many(store, key, b"[")]
        assert all(is_refusal(answer, 403, MISSING, "scope_missing") for answer in answers)
    assert {answer.status for answer in answers} == {status}
    assert all(answer.headers["ratelimit-limit"] == "1000" for answer in answers)


def test_a_key_with_categories_writes_to_those_alone(store: Shop):
    key = new_key(store, "limited", "events:write", "bug")
    assert store.service.post(key, {"category": "bug"}).status == 200
    assert is_refusal(store.service.post(key, BODY), 403, MISSING, "scope_missing")
    assert store.service.post(key, {"category": "unknown"}).status == 404
    assert store.service.post(key, {"category": "sale", "x": 1}).status == 422
    results = post_many(store, key, b'[{"category":"bug"},{"category":"sale"}]').json["results"]
    assert [result["status"] for result in results] == [200, 403]
    assert results[1]["message"] == MISSING


def test_the_last_use_is_written_with_time_and_network(store: Shop):
    key = new_key(store, "noted", "events:write")
    assert store.service.post(key, BODY).status == 200

    def row() -> tuple[object, object]:
        statement = "SELECT last_used_at, last_used_network FROM store_key WHERE id = ?"
        at, network = store.service.rows(statement, key[3:27])[0]
        return at, network

    wait_until(lambda: row()[0] is not None, "the use is written", 15)
    assert row()[1] == "127.0.0.0/24"


def test_the_last_use_is_written_at_a_stop(installation: Service):
    shop = open_shop(installation.start(), "leaving")
    assert shop.post(BODY).status == 200
    installation.stop()
    ((network,),) = installation.rows("SELECT last_used_network FROM store_key WHERE last_used_at IS NOT NULL")
    assert network == "127.0.0.0/24"


def test_a_key_revoked_beside_the_running_server_dies_within_2_seconds(store: Shop):
    key = new_key(store, "withdrawing", "events:write")
    assert store.service.post(key, BODY).status == 200
    store.service.rows("UPDATE store_key SET revoked_at = created_at WHERE id = ?", key[3:27])
    store.change("name = name")
    time.sleep(2)  # what is promised is a time
    assert store.service.post(key, b"{").status == 401  # also where no commit would have found out
    assert store.service.post(store.key, BODY).status == 200


def test_two_servers_on_one_database_learn_of_a_change_within_2_seconds(installation: Service):
    if "PINGPILOT_DATABASE_URL" not in installation.settings:
        pytest.skip("SQLite has one server")
    shop = open_shop(installation.start(), "shared")
    second = Service(installation.folder / "second", dict(installation.settings), launch=installation.launch)
    second.folder.mkdir()
    second.start("--no-worker")
    try:
        key = new_key(shop, "gone", "events:write")
        assert [one.post(key, BODY).status for one in (installation, second)] == [200, 200]
        shop.service.rows("UPDATE store_key SET revoked_at = created_at WHERE id = ?", key[3:27])
        shop.change("name = name")
        time.sleep(2)
        assert [one.post(key, b"{").status for one in (installation, second)] == [401, 401]
    finally:
        second.stop()


def test_those_who_guess_are_slowed_and_the_valid_key_is_not(installation: Service):
    shop = open_shop(installation.start(), "besieged")
    quick = [timed(shop, FORGED) for _ in range(20)]
    slow = [timed(shop, FORGED) for _ in range(12)]
    assert max(quick) < 0.3
    assert slow[-1] > 0.5
    assert max(slow) < 1.5
    assert timed(shop, shop.key) < 0.3


def timed(shop: Shop, key: str) -> float:
    started = time.monotonic()
    answer = shop.service.post(key, BODY)
    assert answer.status == (200 if key == shop.key else 401)
    return time.monotonic() - started

"""SPEC section 4: of several things wrong, the first in the order of checks is answered."""

import pytest

from tests.contract.shop import Shop, is_refusal, open_shop
from tests.servers.hook import Hook
from tests.servers.ports import wait_until
from tests.servers.raw import connected, request
from tests.servers.service import Service

NO_DESTINATION = "Please enter your discord ID in your account settings"
LARGE = b" " * 70_000


@pytest.fixture(scope="module")
def strict(shared_service: Service) -> Shop:
    """A workspace that refuses events while it has no active destination, with its quota used up."""
    shop = open_shop(shared_service, "strict", "free")
    shop.use(100)
    shop.change("refuses_without_destination = true")
    return shop


@pytest.fixture(scope="module")
def full(shared_service: Service) -> Shop:
    """A workspace whose quota is known to be used up."""
    shop = open_shop(shared_service, "full", "free")
    shop.use(100)
    return shop


@pytest.mark.parametrize("body", [b"", b"{", b"{}", b'{"category":"unknown"}', LARGE])
def test_the_key_comes_first(shop: Shop, body: bytes):
    assert shop.service.post("x", body).status == 401
    assert shop.service.post(None, body).status == 401


def test_the_key_comes_before_the_length(shop: Shop):
    with connected(shop.port) as raw:
        assert raw.send(request("x", b"", length=10_000_000_000)).answer().status == 401


@pytest.mark.parametrize("body", [b"{", b"{}", b'{"category":"unknown"}', b'{"category":"sale"}'])
def test_the_missing_destination_comes_before_quota_and_body(strict: Shop, body: bytes):
    answer = strict.post(body)
    content = dict(answer.json)
    hint = content.pop("hint")
    assert (answer.status, content) == (403, {"message": NO_DESTINATION, "code": "no_destination"})
    assert f"{strict.service.url}/dashboard/channels" in hint
    assert "Webhook" in hint
    assert "Email" not in hint  # no mail server is set here
    assert answer.headers["ratelimit-remaining"] == "0"
    assert strict.count() == 0


def test_with_a_destination_the_workspace_takes_events(strict: Shop, hook: Hook):
    strict.use(0)
    strict.service.destination(strict.workspace, "webhook", f"url={hook.url}")
    wait_until(lambda: strict.post({"category": "sale"}).status == 200, "the destination counts", 10)
    answer = strict.post({"category": "sale"})
    assert "hint" not in answer.json
    hook.wait_for(2)
    strict.service.rows(
        "UPDATE store_destination SET removed_at = verified_at WHERE workspace_id = ?", strict.workspace.id
    )
    strict.use(100)
    strict.change("name = name")


@pytest.mark.parametrize("body", [b"", b"{", b"{}", b'{"category":"unknown"}', b'{"category":"sale","x":1}', LARGE])
def test_a_quota_known_to_be_used_up_comes_before_the_body(full: Shop, body: bytes):
    assert full.post(body).status == 429


@pytest.mark.parametrize("body", [b'{"category":"unknown","x":1', b'{"x":1}}', b'{"category":"unknown"}\xff'])
def test_json_comes_before_the_schema(shop: Shop, body: bytes):
    assert shop.post(body).status == 400


@pytest.mark.parametrize("member", [{"x": 1}, {"fields": {"a": None}}, {"severity": "fatal"}, {"timestamp": "now"}])
def test_the_schema_comes_before_the_category(shop: Shop, member: dict[str, object]):
    assert shop.post({"category": "unknown", **member}).status == 422


@pytest.mark.parametrize("name", ["unknown", "UNKNOWN", "Un-Known-1"])
def test_a_category_that_the_workspace_does_not_have(shop: Shop, name: str):
    message = f'You dont have a category named "{name.lower()}"'
    assert is_refusal(shop.post({"category": name}), 404, message, "unknown_category")


def test_the_category_comes_before_a_quota_that_only_the_transaction_knows(shared_service: Service):
    shop = open_shop(shared_service, "late", "free")
    assert shop.post({"category": "sale"}).status == 200
    shop.use(100)
    assert shop.post({"category": "unknown"}).status == 404
    assert shop.post({"category": "sale"}).status == 429
    assert shop.post({"category": "unknown"}).status == 429  # now it is known


def test_a_new_category_counts_at_once(shared_service: Service):
    shop = open_shop(shared_service, "growing")
    assert shop.post({"category": "bug"}).status == 404
    shared_service.category(shop.workspace, "bug")
    wait_until(lambda: shop.post({"category": "bug"}).status == 200, "the new category counts", 10)

"""SPEC 3 on every call of the REST API: who may, and what is said to those who may not."""

import json

import pytest

from pingpilot.domain.ids import KeyId
from pingpilot.domain.key import compose
from tests.contract.rest import Rest
from tests.contract.shop import Shop, is_refusal, open_shop
from tests.servers.service import Service

FORGED = compose(KeyId("f" * 24), "F" * 32)
CALLS = [
    ("GET", "/events", "events:read"),
    ("GET", "/events/0", "events:read"),
    ("POST", "/events/0/replay", "manage"),
    ("POST", "/deliveries/replay", "manage"),
    ("GET", "/stats", "events:read"),
    ("GET", "/quota", ""),
    ("PATCH", "/quota", "manage"),
    ("POST", "/questions", "events:write"),
    ("GET", "/questions/0", "events:write"),
    ("GET", "/categories", "events:read"),
    ("POST", "/categories", "manage"),
    ("GET", "/categories/sale", "events:read"),
    ("PATCH", "/categories/sale", "manage"),
    ("DELETE", "/categories/sale", "manage"),
    ("GET", "/destinations", "manage"),
    ("POST", "/destinations", "manage"),
    ("GET", "/destinations/1", "manage"),
    ("PATCH", "/destinations/1", "manage"),
    ("DELETE", "/destinations/1", "manage"),
    ("POST", "/destinations/1/test", "manage"),
    ("POST", "/destinations/1/verify", "manage"),
    ("POST", "/destinations/1/rotate", "manage"),
    ("GET", "/services", "manage"),
    ("PUT", "/services/github/secret", "manage"),
    ("DELETE", "/services/github/secret", "manage"),
    ("GET", "/keys", "manage"),
    ("POST", "/keys", "manage"),
    ("GET", "/keys/1", "manage"),
    ("DELETE", "/keys/1", "manage"),
    ("POST", "/keys/1/regenerate", "manage"),
]
REFUSED = {
    None: ("Unauthorized", "unauthorized"),
    "Basic abc": ("Invalid auth header format. Expected: 'Bearer [API_KEY]'", "invalid_auth_header"),
    "bearer abc": ("Invalid auth header format. Expected: 'Bearer [API_KEY]'", "invalid_auth_header"),
    "Bearer ": ("Invalid API key", "invalid_api_key"),
    "Bearer nonsense": ("Invalid API key", "invalid_api_key"),
    f"Bearer {FORGED}": ("Invalid API key", "invalid_api_key"),
    f"Bearer  {FORGED}": ("Invalid API key", "invalid_api_key"),
    "Bearer \xfc\xe9": ("Invalid API key", "invalid_api_key"),
}
OF_OTHERS = {"/v1/log", "/message", "/1/messages.json", "/in/ntfy/{topic}", "/in/{service}/{key}"}
"""Doors of other services, whose answers have the shapes of those: tests/contract/doors."""
SCOPES = ("events:write", "events:read", "manage")


@pytest.fixture(scope="module")
def shop(shared_service: Service) -> Shop:
    """A workspace of its own: a right key may delete the category."""
    return open_shop(shared_service, "authenticated")


@pytest.fixture(scope="module")
def keys(shop: Shop) -> dict[str, str]:
    """A key for each scope alone."""
    rest = Rest(shop.service, shop.key)
    return {one: rest.post("/keys", {"name": one, "scopes": [one]}, 201)["key"] for one in SCOPES}


@pytest.mark.parametrize(("method", "path", "scope"), CALLS)
def test_without_a_right_key_nothing_is_said_but_why(shop: Shop, method, path, scope):
    network = f"127.1.{CALLS.index((method, path, scope))}.1"  # one of its own: who fails often is answered late
    for header, (message, code) in REFUSED.items():
        headers = {} if header is None else {"Authorization": header}
        answer = shop.service.request(method, f"/api/v1{path}", b"{", headers, address=network)
        assert is_refusal(answer, 401, message, code)
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path", "scope"), CALLS)
def test_the_scope_decides(shop: Shop, keys, method, path, scope):
    for one, key in keys.items():
        answer = Rest(shop.service, key).call(method, path, b"{")
        if scope in ("", one):
            assert answer.status not in (401, 403)
        else:
            assert is_refusal(answer, 403, f"This API key may not do that (needs scope {scope})", "scope_missing")
            assert answer.headers["cache-control"] == "no-store"


def test_every_call_of_the_description_is_checked_here(shop: Shop):
    paths = json.loads(shop.service.request("GET", "/openapi.json").body)["paths"]
    described = {(method.upper(), path) for path, calls in paths.items() for method in calls}
    # Beside these: both raw doors, the doors of other services, and the report of a leaked key
    assert len(described) == len(CALLS) + 3 + len(OF_OTHERS)
    assert {path for _, path in described} >= OF_OTHERS


def test_the_quota_is_said_with_every_authenticated_answer(shared_service: Service):
    shop = open_shop(shared_service, "headers", "free")
    rest = Rest(shop.service, shop.key)
    shop.use(99)
    for method, path in (("GET", "/quota"), ("GET", "/events/none"), ("POST", "/categories"), ("PUT", "/keys")):
        headers = rest.call(method, path).headers
        if method != "PUT":
            assert (headers["ratelimit-limit"], headers["ratelimit-remaining"]) == ("100", "1")
            assert 0 < int(headers["ratelimit-reset"]) <= 31 * 86_400
    assert "ratelimit-limit" not in Rest(shop.service, None).call("GET", "/quota").headers


def test_a_revoked_key_is_dead_at_once(shop: Shop):
    rest = Rest(shop.service, shop.key)
    made = rest.post("/keys", {"name": "short-lived", "scopes": ["events:read"]}, 201)
    assert Rest(shop.service, made["key"]).call("GET", "/events").status == 200
    assert rest.call("DELETE", f"/keys/{made['id']}").status == 204
    assert Rest(shop.service, made["key"]).call("GET", "/events").status == 401


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "message"),
    [
        ("POST", "/categories", b"", 400, "Invalid JSON request body"),
        ("POST", "/categories", b"{", 400, "Invalid JSON request body"),
        ("POST", "/categories", b'{"name":NaN}', 400, "Invalid JSON request body"),
        ("POST", "/categories", b'"\xff"', 400, "Invalid JSON request body"),
        ("POST", "/categories", b"[" * 60_000, 400, "Invalid JSON request body"),
        ("POST", "/categories", b'"' + b"x" * 65_600, 413, "Request body too large (limit 65536 bytes)"),
        ("POST", "/keys/leaked", b'"' + b"x" * 2_000_000, 413, "Request body too large (limit 65536 bytes)"),
        ("PUT", "/quota", b"", 405, "This address takes GET and PATCH only"),
        ("PUT", "/categories", b"", 405, "This address takes GET and POST only"),
        ("GET", "/nothing", b"", 404, "There is nothing at this address. The API is described at /docs/api"),
    ],
)
def test_what_the_door_refuses_has_the_one_shape(shop: Shop, method, path, body, status, message):
    answer = Rest(shop.service, shop.key).call(method, path, body)
    assert (answer.status, answer.json["message"], set(answer.json)) == (status, message, {"message", "code"})
    assert answer.headers["content-type"] == "application/json"
